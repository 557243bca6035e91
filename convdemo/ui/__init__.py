"""The page: one file a tab, the shared picture, and `widgets`, which turns an asset into a Gradio component."""
