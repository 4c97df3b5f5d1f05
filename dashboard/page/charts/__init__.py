"""The page's charts, one a file; each is given plain data and knows no session."""
