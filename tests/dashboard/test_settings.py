"""The environment and .env in, one frozen object or one line out."""

import os

import pytest

from dashboard.settings import InvalidSetting, Settings, describe
from dashboard.settings import default_env_files as env_files_by_default


def load(**environ: str) -> Settings:
    return Settings.load(environ, ())


def test_documented_defaults():
    settings = load()

    assert (settings.host, settings.port, settings.debug) == ("127.0.0.1", 8000, False)
    assert (settings.max_connections, settings.max_history_size) == (100, 1000)
    assert (settings.ping_interval, settings.cors_origins) == (30, ())
    assert (settings.log_level, settings.log_format) == ("INFO", "json")
    assert (settings.max_body_bytes, settings.max_history_bytes) == (4_194_304, 67_108_864)
    assert (settings.redis_url, settings.api_token, settings.filter_class) == (None, None, None)


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("HOST", "0.0.0.0", "0.0.0.0"),
        ("HOST", "[::1]", "::1"),
        ("HOST", "my-host.example", "my-host.example"),
        ("PORT", "0", 0),
        ("PORT", " 65535\n", 65_535),
        ("DEBUG", "Yes", True),
        ("DEBUG", "off", False),
        ("PING_INTERVAL", "0.5", 0.5),
        ("PUBLISH_RATE_LIMIT", "0", 0),
        ("CORS_ORIGINS", '["https://a.example", "*"]', ("https://a.example", "*")),
        ("CORS_ORIGINS", "HTTPS://A.example:443, http://[::1]:80,", ("https://a.example", "http://[::1]")),
        ("CORS_ORIGINS", "http://localhost:3000,http://localhost:3000", ("http://localhost:3000",)),
        ("CORS_ORIGINS", "[]", ()),
        ("LOG_LEVEL", "warning", "WARNING"),
        ("LOG_FORMAT", "TEXT", "text"),
        ("REDIS_URL", "rediss://user:pass@redis.example:6380/1", "rediss://user:pass@redis.example:6380/1"),
        ("REDIS_URL", "unix:///run/redis.sock", "unix:///run/redis.sock"),
        ("API_TOKEN", "s3cret;\"token", "s3cret;\"token"),
        ("FILTER_CLASS", "platform_x.filters:TeamFilter", "platform_x.filters:TeamFilter"),
    ],
)  # fmt: skip
def test_what_is_allowed_is_read(name, given, value):
    assert getattr(load(**{name: given}), name.lower()) == value


@pytest.mark.parametrize(
    ("name", "given"),
    [
        *(("HOST", given) for given in ("1.2.3", "a b", "http://a", "[a]", "1.2.3.4:80", "-a")),
        *(("PORT", given) for given in ("65536", "-1", "1e3", "8_000", "80.0", "٣", "9" * 400)),
        *(("DEBUG", given) for given in ("2", "tru", " ")),
        *(("PING_INTERVAL", given) for given in ("0", "-1", "nan", "inf", "1e3", "30s")),
        *(("MAX_CONNECTIONS", given) for given in ("0", "100.5", "many")),
        *(("PUBLISH_RATE_LIMIT", given) for given in ("-0.1", "inf")),
        *(("CORS_ORIGINS", given) for given in ("a.example", "https://a/", "https://a:0", "null")),
        *(("CORS_ORIGINS", given) for given in ("[1]", '["https://a"', "http://a\nb", "[\ud800")),
        *(("LOG_LEVEL", given) for given in ("TRACE", "10")),
        ("LOG_FORMAT", "xml"),
        *(("REDIS_URL", given) for given in ("localhost:6379", "http://a", "redis://a:x/0")),
        *(("REDIS_URL", given) for given in ("redis://a/zero", "unix://", "redis://[a/0")),
        *(("API_TOKEN", given) for given in (" ", "a b", "a\n", "tokén", "a\x00")),
        ("ARCHIVE_PATH", "/var/lib/events.db"),
        *(("FILTER_CLASS", given) for given in ("module", "module:", "a b:C", "a..b:C")),
        ("EVENT_STREAM", "a\x1b[31m"),
    ],
)
def test_what_is_not_allowed_is_refused_in_one_line(name, given):
    with pytest.raises(InvalidSetting) as refusal:
        load(**{name: given})

    line = str(refusal.value)
    assert line.startswith(f"{name}=")
    assert "allowed is" in line
    assert line.isprintable()
    assert len(line) < 300


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("API_TOKEN", "hunter2 hunter2"),
        ("REDIS_URL", "http://user:hunter2@redis.example/0"),
        ("REDIS_URL", "redis://user:p@hunter2@redis.example:port/0"),
        ("REDIS_URL", "rediss://redis.example/x?password=hunter2"),
        ("REDIS_URL", "redis://" + "x" * 70 + "hunter2@redis.example/zero"),
    ],
)
def test_a_refused_secret_is_not_shown(name, given):
    with pytest.raises(InvalidSetting) as refusal:
        load(**{name: given})

    assert "hunter2" not in str(refusal.value)


def test_effective_values_show_no_secret():
    settings = load(API_TOKEN="hunter2", REDIS_URL="redis://user:hunter2@redis.example:6379/0")

    effective = dict(settings.effective())

    assert effective["API_TOKEN"] == "********"
    assert effective["REDIS_URL"] == "redis://********@redis.example:6379/0"
    assert "hunter2" not in repr(settings) + repr(effective)


def test_effective_values_can_be_given_back():
    settings = load(CORS_ORIGINS="https://a,https://b", PING_INTERVAL="0.25", DEBUG="1")

    assert Settings.load(dict(settings.effective()), ()) == settings


def test_debug_means_the_debug_level():
    assert load(DEBUG="true", LOG_LEVEL="ERROR").log_level == "DEBUG"


def test_an_empty_value_counts_as_not_set():
    assert load(PORT="", API_TOKEN="", ARCHIVE_PATH="") == load()


def test_what_is_not_set_may_be_given_by_the_program():
    assert Settings.load({}, [], max_history_size=5).max_history_size == 5
    assert Settings.load({"MAX_HISTORY_SIZE": "7"}, [], max_history_size=5).max_history_size == 7


def test_unknown_variables_are_ignored():
    assert load(PORTS="x", port="x") == load()


def test_the_environment_wins_over_the_file(tmp_path):
    env = tmp_path / ".env"
    env.write_text("PORT=9000\nMAX_BATCH='7' # few\nAPI_TOKEN=${HOME}x\nLOG_LEVEL=\n# DEBUG=true\n")

    settings = Settings.load({"PORT": "9001", "MAX_BATCH": ""}, [env])

    assert (settings.port, settings.max_batch, settings.log_level) == (9001, 7, "INFO")
    assert settings.api_token == "${HOME}x"


def test_the_working_directory_comes_before_the_package(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    first, second = env_files_by_default()

    assert first == tmp_path / ".env"
    assert second.parent.name == "dashboard"


def test_only_the_first_file_there_is_counts(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    second.write_text("PORT=9000")

    settings = Settings.load({}, [first, second])

    assert settings.port == 9000


def test_a_file_that_is_no_text_is_refused_by_name(tmp_path):
    env = tmp_path / ".env"
    env.write_bytes(b"PORT=\xff\xfe")

    with pytest.raises(InvalidSetting, match=r"\.env' cannot be read"):
        Settings.load({}, [env])


def test_a_value_that_is_no_unicode_is_refused():
    undecodable = os.fsdecode(b"\xff8000")

    with pytest.raises(InvalidSetting, match=r"^PORT='\\udcff8000' is refused"):
        load(PORT=undecodable)


def test_every_setting_is_described():
    described = describe()

    assert [row.name for row in described] == [name for name, _ in Settings().effective()]
    assert all(row.sentence.endswith(".") and row.allowed for row in described)
    assert next(row for row in described if row.name == "CORS_ORIGINS").default == ""
