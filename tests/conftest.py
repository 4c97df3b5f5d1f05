from hypothesis import settings

pytest_plugins = [
    "tests.fixtures.browser",
    "tests.fixtures.guards",
    "tests.fixtures.redis",
    "tests.fixtures.server",
    "tests.fixtures.settings",
]

# How long one example takes says how busy the machine is.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
