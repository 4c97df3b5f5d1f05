pytest_plugins = [
    "tests.fixtures.browser",
    "tests.fixtures.guards",
    "tests.fixtures.redis",
    "tests.fixtures.server",
    "tests.fixtures.settings",
]
