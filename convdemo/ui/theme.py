"""How does the page look? System fonts, one accent colour, contrast that everybody can read.

The rest of the look is parts/lab.css, which uses the variables that this theme sets.
"""

import gradio as gr

_FONT = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
_MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]


def build_theme() -> gr.themes.Base:
    """Return the theme: no font is asked of another host."""
    return gr.themes.Base(
        primary_hue="indigo",
        neutral_hue="slate",
        font=_FONT,
        font_mono=_MONO,
        radius_size="md",
        spacing_size="sm",
        text_size="md",
    ).set(
        body_background_fill="white",
        body_background_fill_dark="*neutral_950",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_400",
        block_background_fill="white",
        block_background_fill_dark="*neutral_950",
        block_border_width="0px",
        block_padding="*spacing_lg 0",
        form_gap_width="0 24px",  # between rows, between columns
        block_label_background_fill="transparent",
        block_title_text_color="*body_text_color",
        block_title_text_weight="500",
        color_accent="*primary_700",
        slider_color="*primary_600",
        slider_color_dark="*primary_400",
        checkbox_label_background_fill="transparent",
        checkbox_label_background_fill_dark="transparent",
        checkbox_label_background_fill_selected="*primary_50",
        checkbox_label_background_fill_selected_dark="*primary_950",
        checkbox_label_border_width="1px",
        checkbox_label_border_width_dark="1px",
        checkbox_label_border_color="*neutral_300",
        checkbox_label_border_color_dark="*neutral_700",
        checkbox_label_border_color_selected="*primary_600",
        checkbox_label_border_color_selected_dark="*primary_400",
        checkbox_label_padding="4px 10px",
        button_border_width="1px",
        button_secondary_background_fill="*background_fill_primary",
        button_secondary_background_fill_dark="*background_fill_primary",
        button_secondary_border_color="*border_color_primary",
        button_secondary_border_color_dark="*border_color_primary",
        button_primary_background_fill="*primary_700",
        button_primary_text_color="white",
    )
