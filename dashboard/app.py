"""What ``panel serve dashboard/app.py`` runs for each page that is opened.

``python app.py`` in this folder starts the server as ``python -m dashboard`` does.
"""

import sys
from pathlib import Path

# Run as a script, the project's root is not on the path of imports.
if (root := str(Path(__file__).resolve().parents[1])) not in sys.path:
    sys.path.insert(0, root)

if __name__ == "__main__":
    from dashboard.__main__ import main

    main()
else:
    from dashboard.bare import warn_if_open
    from dashboard.hub import get_hub
    from dashboard.page.layout import make_page

    warn_if_open(tuple(sys.orig_argv))
    make_page(get_hub()).servable()
