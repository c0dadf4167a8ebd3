"""How Sphinx makes a site of these pages: `make docs`."""

from mock_amp import __version__

project = "mock-amp"
author = "The mock-amp authors"
version = release = __version__
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_heading_anchors = 4  # so that [text](page.md#a-heading) is checked, and works
html_theme = "furo"
html_title = f"mock-amp {version}"
html_copy_source = False
html_show_sourcelink = False
nitpicky = True
linkcheck_ignore = [r"http://(127\.0\.0\.1|localhost)\b.*"]  # of whoever reads it
