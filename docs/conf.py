"""Sphinx's configuration: MyST pages, furo's theme, nothing fetched from elsewhere; warnings are errors."""

from __future__ import annotations

from seawall import __version__

project = "Seawall"
author = "Seawall maintainers"
release = version = __version__
language = "en"

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
nitpicky = True

html_theme = "furo"
html_title = "Seawall"
html_show_sphinx = False
html_show_sourcelink = False
html_copy_source = False
