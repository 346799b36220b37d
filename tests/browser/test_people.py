"""How people are shown; blocking somebody who invites, and being left out of the list of who is online."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.support.browsing import Person, begin_duel
from tests.support.duel import CHALLENGES
from tests.support.http_duels import start


def test_who_invites_can_be_blocked_and_unblocked(person: Callable[..., Person]) -> None:
    noura, khalid = person("noura"), person("khalid")
    tab = noura.tab()
    tab.see("lobby")
    for kind in ("quick_quant_10", "medium_verbal_15"):
        body = {"challenge_type": kind, "opponent_username": noura.name}
        assert khalid.api.post(CHALLENGES, body).status == 201
    invites, blocked = tab.page.locator("[data-invite]"), tab.page.locator("#blocked-people")
    expect(invites).to_have_count(2)
    expect(blocked).to_be_hidden()
    invites.first.locator("[data-action=block]").click()
    expect(invites).to_have_count(0)
    blocked.locator("summary").click()
    expect(blocked.locator("[data-blocked]")).to_have_attribute("data-blocked", khalid.name)
    tab.act("unblock")
    expect(blocked).to_be_hidden()
    tab.page.reload()
    expect(invites).to_have_count(2)


def test_one_may_be_left_out_of_the_list_of_who_is_online(person: Callable[..., Person]) -> None:
    noura, khalid = person("noura"), person("khalid")
    hers, his = noura.tab(), khalid.tab()
    hers.see("lobby")
    listed = his.see("lobby").locator(f'[data-online="{noura.name}"]')
    expect(listed).to_be_visible()
    hers.page.locator("#listed-online").uncheck()
    expect(listed).to_have_count(0)
    hers.page.reload()
    expect(hers.page.locator("#listed-online")).not_to_be_checked()


def test_people_are_called_what_they_want_to_be_called_wherever_they_are_shown(
    person: Callable[..., Person],
) -> None:
    names = {"full_name": "نورة بنت سعد القحطاني", "preferred_name": "نورة"}
    noura, khalid = person("noura", details=names), person("khalid", details={"full_name": "خالد"})
    hers, his = noura.tab(), khalid.tab()
    listed = his.see("lobby").locator(f'[data-online="{noura.name}"]')
    expect(listed.locator(".shown-name")).to_have_text("نورة")
    expect(listed.locator(".username")).to_have_text(noura.name)
    expect(listed.locator(".avatar")).to_have_text("ن")
    # The name of one's birth certificate is for those who have agreed to play.
    listed = hers.see("lobby").locator(f'[data-online="{khalid.name}"]')
    expect(listed.locator(".shown-name")).to_have_text(khalid.name)
    expect(listed.locator(".username")).to_have_count(0)

    expect(hers.page.locator("#me bdi")).to_have_text("نورة")
    invite = {"challenge_type": "quick_quant_10", "opponent_username": noura.name}
    assert khalid.api.post(CHALLENGES, invite).status == 201
    banner = hers.page.locator("[data-invite]")
    expect(banner.locator("strong")).to_contain_text("خالد")
    expect(banner.locator(".username")).to_have_text(khalid.name)
    hers.act("decline", banner)
    expect(his.page.locator("#toast")).to_contain_text("نورة")
    expect(his.page.locator("#toast")).not_to_contain_text(noura.name)

    begin_duel(his, hers, noura.name)
    expect(hers.page.locator("#board [data-side=theirs] .name")).to_have_text("خالد")
    his.act("leave")
    his.page.locator("[data-action=confirm-leave]").click()
    expect(hers.see("result").locator("#outcome [data-side=theirs] .name")).to_have_text("خالد")
    hers.act("lobby")
    expect(hers.page.locator("#history li").first).to_contain_text("خالد")


AVATARS = """
    async (addresses) => {
        const { avatar } = await import("./static/app/avatar.js");
        document.body.append(
            ...addresses.map((profile_picture_url, id) => avatar({ id, username: "سعد", profile_picture_url })),
        );
    }
"""
COLOURS = "(all) => all.map((one) => getComputedStyle(one).backgroundColor)"


def test_a_picture_that_cannot_be_shown_leaves_the_drawn_avatar(
    person: Callable[..., Person],
) -> None:
    tab = person().tab()
    tab.see("lobby")
    page = tab.page
    pictures = ["/static/icon.svg", "/static/nothing.png", "https://elsewhere.example/a.png", None]
    page.evaluate(AVATARS, pictures)
    avatars = page.locator("body > .avatar")
    expect(avatars).to_have_text(["س"] * len(pictures))
    expect(avatars.locator("img")).to_have_count(1)  # the others are taken away when they fail
    expect(avatars.locator("img")).to_have_attribute("src", pictures[0])
    expect(avatars.locator("img")).to_have_attribute("alt", "")
    assert len(set(avatars.evaluate_all(COLOURS))) == len(pictures)


def test_the_history_is_filtered_by_rival_with_the_record_against_them(
    person: Callable[..., Person],
) -> None:
    noura = person("noura")
    khalid, sara = person("khalid", details={"preferred_name": "خالد"}), person("sara")
    for rival, leaver in ((khalid, khalid), (khalid, noura), (sara, sara)):
        duel = start(noura.api, rival.api)
        assert leaver.api.post(f"{CHALLENGES}{duel['id']}/leave/").status == 200
    body = {"challenge_type": "medium_verbal_15", "opponent_username": noura.name}
    invite = sara.api.post(CHALLENGES, body).body
    assert noura.api.post(f"{CHALLENGES}{invite['id']}/decline/").status == 200

    tab = noura.tab()
    view, rows = tab.see("lobby"), tab.page.locator("#history li")
    expect(rows).to_have_count(4)
    rows.filter(has_text="خالد").first.get_by_role("button").click()
    expect(rows).to_have_count(2)
    expect(tab.page.locator("#history-rival")).to_contain_text("Won: 1 · lost: 1 · drawn: 0")
    expect(tab.page.locator("#history-rival .username")).to_have_text(khalid.name)
    tab.act("all-rivals")
    expect(rows).to_have_count(4)
    status, kind = view.get_by_label("Which duels"), view.get_by_label("Of which type")
    status.select_option("Declined")
    expect(rows).to_have_count(1)
    expect(rows.locator(".badge")).to_have_text("Declined")
    kind.select_option("quick_quant_10")
    expect(rows).to_have_count(0)
    expect(tab.page.locator("#none-found")).to_be_visible()
    status.select_option("All duels")
    expect(rows).to_have_count(3)
