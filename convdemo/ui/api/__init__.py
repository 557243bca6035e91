"""The lab for programs: what an endpoint is, and the page that tells of all."""
