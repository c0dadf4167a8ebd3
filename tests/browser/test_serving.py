"""The page as it comes into a browser: without a complaint, small, from here alone, and held to its policy.

What the rig itself promises to the tests beside this one is tried here too.
"""

import re
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Page, Response

from mock_amp.client import AsyncAccount, AsyncClient
from tests.browser.conftest import NewHome, OpenAccount, OpenPage
from tests.browser.hostile import HOSTILE, SENDABLE, SURROGATES
from tests.browser.looking import Camera, axe, show, size_of
from tests.browser.sends import sms
from tests.browser.watch import Watch

MOST: Final = 100_000
TWO_VIEWS: Final = 110_000
"""A list and a message beside it, neither of which is packed; some 40 kB as they travel."""

VIEWS: Final = (
    *("messages", "messages/{id}", "requests", "requests/1", "callbacks", "certify", "clock", "scenario", "activity"),
    *("send", "rules", "account"),
)
SMS: Final = {"destinations": [{"number": "35699000001"}], "sms_content": {"message": "Hi"}}
PIXEL: Final = "data:image/gif;base64,R0lGODlhAQABAAAAACw="


@pytest.mark.parametrize("path", ["/", "/__admin/ui/", "/__admin/ui"])
async def test_the_page_opens_without_a_complaint(page: Page, amp: AsyncAccount, path: str) -> None:
    """Whatever the console would say, or a request to elsewhere, is a failure of the fixture."""
    answer = await page.goto(amp.url + path)
    await page.locator("body[data-ready]").wait_for(state="attached")

    assert answer is not None
    assert answer.status == 200
    assert "mock-amp" in await page.title()


@pytest.mark.parametrize("view", VIEWS)
async def test_the_first_load_of_a_view_is_small_and_from_here_alone(
    page: Page, amp: AsyncAccount, open_page: OpenPage, watch: Watch, view: str
) -> None:
    """By the bodies as they are read, not as they are packed; what the page asks the control plane is no part of it."""
    sent = await amp.send(sms())
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # Playwright takes no built-in
    await open_page(view.replace("{id}", sent.message_id))
    own = {each.url: each for each in answers if _is_of_the_page(each.url, amp.url)}
    sizes = {url: len(await each.body()) for url, each in own.items()}

    assert {each.status for each in own.values()} == {200}
    assert 0 < sum(sizes.values()) < (TWO_VIEWS if "{id}" in view else MOST), sizes
    assert [url for url in watch.requests if not url.startswith((f"{amp.url}/", "data:", "about:"))] == []


async def test_a_script_that_gets_into_the_document_does_not_run(page: Page, open_page: OpenPage, watch: Watch) -> None:
    watch.allow("Content Security Policy|TrustedScript")
    await open_page()
    await page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.append('window.hostile = 1');
            document.body.append(script);
            const image = document.createElement('img');
            image.setAttribute('src', 'data:,');
            try { image.setAttribute('onerror', 'window.hostile = 1'); } catch { }
            document.body.append(image);
            return new Promise(done => { image.addEventListener('error', done); });
        }"""
    )

    assert await page.evaluate("() => window.hostile ?? null") is None


@pytest.mark.parametrize(
    "code",
    [
        "document.body.innerHTML = '<b>'",
        "document.body.insertAdjacentHTML('beforeend', '<b>')",
        "document.body.outerHTML = '<b>'",
        "document.write('<b>')",
        "eval('1')",
        "new Function('1')",
        "trustedTypes.createPolicy('default', {})",
        "document.createElement('iframe').srcdoc = '<b>'",
    ],
)
async def test_text_cannot_become_markup_or_code(page: Page, open_page: OpenPage, watch: Watch, code: str) -> None:
    """Trusted Types, and no policy that could make one: it throws, whoever tries."""
    watch.allow("Trusted|TrustedTypePolicy|Content Security Policy")
    await open_page()
    thrown = await page.evaluate(
        f"""() => new Promise(done => setTimeout(() => {{
            try {{ {code}; done('nothing'); }} catch (error) {{ done(error.name); }}
        }}))"""  # later, since what evaluate() calls itself may use eval
    )

    assert thrown in ("TypeError", "EvalError")


async def test_a_style_that_gets_into_the_document_is_not_applied(
    page: Page, open_page: OpenPage, watch: Watch
) -> None:
    watch.allow("Content Security Policy")
    await open_page()
    color = await page.evaluate(
        """() => {
            const style = document.createElement('style');
            style.append('p { color: rgb(1, 2, 3) }');
            const text = document.createElement('p');
            text.setAttribute('style', 'color: rgb(1, 2, 3)');
            document.body.append(style, text);
            return getComputedStyle(text).color;
        }"""
    )

    assert color != "rgb(1, 2, 3)"


async def test_the_page_cannot_be_shown_in_a_frame(page: Page, amp: AsyncAccount, watch: Watch) -> None:
    watch.allow("frame-ancestors|X-Frame-Options|chrome-error|Content Security Policy")
    watch.allow("favicon.ico")
    await page.goto(f"{amp.url}/livez")  # of the same origin, with no policy of its own
    await page.evaluate(
        """url => new Promise(done => {
            const frame = document.createElement('iframe');
            frame.addEventListener('load', done);
            frame.src = url;
            document.body.append(frame);
        })""",
        f"{amp.url}/__admin/ui/",
    )

    assert (
        await page.evaluate(
            "() => { try { return document.querySelector('iframe').contentDocument } catch { return 1 } }"
        )
        is None
    )


async def test_with_a_key_the_page_opens_all_the_same(page: Page, new_home: NewHome, watch: Watch) -> None:
    """It has yet to ask for it: what it asks of the control plane until then is refused."""
    home = await new_home("--admin-key", "k3y")
    watch.allow_origin(home.url)
    watch.allow("401")
    answer = await page.goto(f"{home.url}/")

    assert answer is not None
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")


# ---- the rig


async def test_what_goes_wrong_in_a_page_is_seen(page: Page, open_page: OpenPage, watch: Watch) -> None:
    await open_page()
    async with page.expect_event("requestfailed"):
        await page.evaluate(
            """url => {
                console.warn('a warning');
                console.log('a word');
                setTimeout(() => { throw new Error('nobody catches me'); });
                document.body.append(Object.assign(new Image(), {src: url}));
            }""",
            "http://elsewhere.example/seen.png",
        )
    await page.evaluate("() => { document.body.setAttribute('style', 'color: red'); }")
    await page.evaluate("() => new Promise(done => setTimeout(done))")
    seen, watch.faults = "\n".join(watch.faults), []

    assert re.search("console warning: a warning", seen)
    assert re.search("uncaught: Error: nobody catches me", seen)
    assert re.search("console error: .*Content Security Policy", seen)
    assert re.search("another host: GET http://elsewhere.example/seen.png", seen)
    assert "a word" not in seen


async def test_axe_core_sees_what_a_screen_reader_cannot_read(page: Page, open_page: OpenPage) -> None:
    """Under the policy of the page, too."""
    await open_page()
    await page.evaluate("src => { document.body.append(Object.assign(new Image(), {src, id: 'mute'})); }", PIXEL)

    with pytest.raises(AssertionError, match=r"critical: image-alt: [^\n]*\n +at #mute: <img"):
        await axe(page, within="#mute")


async def test_a_view_opens_anew_with_what_is_asked_of_it(page: Page, amp: AsyncAccount, open_page: OpenPage) -> None:
    await open_page("clock")
    await page.evaluate("() => { window.before = 1; }")
    await open_page("messages", status="DELIVRD")

    assert page.url == f"{amp.url}/__admin/ui/#/messages?account={amp.id}&status=DELIVRD"
    assert await page.evaluate("() => window.before ?? null") is None


async def test_a_picture_has_the_size_of_the_window(page: Page, open_page: OpenPage) -> None:
    await open_page()

    assert size_of(await page.screenshot(scale="css")) == (1280, 800)


async def test_a_picture_is_held_to_what_the_page_shows(page: Page, open_page: OpenPage, tmp_path: Path) -> None:
    await open_page()
    look, take = Camera(tmp_path, writes=False), Camera(tmp_path, writes=True)
    with pytest.raises(pytest.fail.Exception, match=r"there is no .*clock-dark\.png; make screens takes it"):
        await look(page, "clock-dark")
    await take(page, "clock-dark")
    await look(page, "clock-dark")
    await page.set_viewport_size({"width": 360, "height": 640})

    with pytest.raises(pytest.fail.Exception, match=r"\(1280, 800\), the page \(360, 640\); make screens"):
        await look(page, "clock-dark")


async def test_an_account_is_frozen_unless_a_test_wishes_otherwise(
    amp: AsyncAccount, open_account: OpenAccount
) -> None:
    running = await open_account(clock="real", now=None)
    modes = [(await each.clock()).mode for each in (amp, running)]

    assert modes == ["frozen", "real"]


async def test_a_server_starts_again_where_it_was(page: Page, new_home: NewHome, watch: Watch, tmp_path: Path) -> None:
    home = await new_home("--store", f"sqlite:///{tmp_path / 'amp.db'}")
    watch.allow_origin(home.url)
    watch.allow("ERR_|Failed to fetch|network error")  # the page asks while nobody is there
    await show(page, home.url)
    before = home.url
    async with AsyncClient(home.url) as client:
        await (await client.account()).send(SMS)
        await home.kill()
        await home.start()
        await show(page, home.url)
        messages = await (await client.account()).messages()

    assert home.url == before
    assert len(messages) == 1


async def test_the_service_takes_every_hostile_string(amp: AsyncAccount) -> None:
    """Or a test would show nothing by them. What is no text at all it refuses, as it should."""
    for name, text in SENDABLE.items():
        sent = await amp.send(
            {
                "job_id": text,
                "destinations": [{"number": "35699000001", "custom_id": text}],
                "im_content": [{"channel": "VIBER", "content": text}],
                "sms_content": {"message": text},
            }
        )
        (message,) = await amp.messages(id=sent.message_ids["35699000001"])
        assert message.custom_id == text, name
    for name, text in SURROGATES.items():
        refused = await amp.post(
            b'{"destinations": [{"number": "35699000001"}], "sms_content": {"message": %s}}' % text.encode()
        )
        assert (refused.status, refused.rule) == (400, "H-9"), name
    assert len(HOSTILE) >= 40


def _is_of_the_page(url: str, home: str) -> bool:
    return url.partition("#")[0] in (f"{home}/", f"{home}/__admin/ui/") or url.startswith(f"{home}/__admin/ui/")
