"""The pictures in docs/screenshots: every state of the page, at three widths and in both themes."""
