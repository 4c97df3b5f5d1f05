"""The second wall: what would run if escaping ever failed does not."""

import pytest

WAYS_IN = {
    "an inline script": "const s = document.createElement('script'); s.text = 'window.ran = 1';"
    "document.body.append(s)",
    "a handler in markup": "const d = document.createElement('div'); document.body.append(d);"
    "d.innerHTML = '<img src=x onerror=\"window.ran = 1\">'",
    "a script from elsewhere": "const s = document.createElement('script');"
    "s.src = 'data:text/javascript,window.ran=1'; document.body.append(s)",
    "text that is evaluated": "try { new Function('window.ran = 1')() } catch { }",
    "an address of javascript": "const a = document.createElement('a');"
    "a.href = 'javascript:window.ran=1'; document.body.append(a); a.click()",
}
# Later, and not at once: what a debugger runs may evaluate.
REFUSED = """way => new Promise(done => setTimeout(() => {
    document.addEventListener('securitypolicyviolation', e => done(e.effectiveDirective))
    const script = document.createElement('script')
    script.nonce = document.querySelector('script[nonce]').nonce
    script.text = way
    document.body.append(script)
}))"""


@pytest.mark.parametrize("way", WAYS_IN)
async def test_what_is_injected_does_not_run(visit, way):
    directive = await visit.page.evaluate(REFUSED, WAYS_IN[way])

    assert directive.startswith("script-src")
    assert await visit.page.evaluate("window.ran") is None


async def test_each_page_has_a_nonce_of_its_own(server):
    first, second = [(await server.http.get("/dashboard")).headers for _ in range(2)]

    assert "script-src 'self' 'nonce-" in first["content-security-policy"]
    assert "unsafe-eval" not in first["content-security-policy"]
    assert first["content-security-policy"] != second["content-security-policy"]
