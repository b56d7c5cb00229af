"""What a person does with the explorer, as small steps that each check what follows from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Locator, Page

    Step = tuple[str, Callable[[], None]]

NEW_GESTURE_MS = 900
"""After so long a change is a step of its own for undo."""
SLIDERS = {
    "requests_per_day": "2500000",
    "rows_per_request": "3",
    "false_positive": "0.004",
    "false_negative": "0.05",
    "latency_p99_ms": "3",
    "retrains_per_month": "9",
}


class Hand:
    """A hand on one explorer."""

    def __init__(self, page: Page, live: bool = False) -> None:
        self.page = page
        self.live = live
        self.root = page.locator(".wb-explorer")

    def find(self, selector: str) -> Locator:
        return self.root.locator(selector)

    def text(self, selector: str) -> str:
        return self.find(selector).first.inner_text()

    def field(self, name: str) -> Locator:
        return self.find(f"input[name={name}][type=text]")

    def slider(self, name: str) -> Locator:
        return self.find(f"input[name={name}][type=range]")

    def number(self, name: str) -> float:
        return float(self.field(name).input_value().replace(",", ""))

    def pause(self) -> None:
        self.page.wait_for_timeout(NEW_GESTURE_MS)

    def steps(self) -> Iterator[Step]:
        for name, value in SLIDERS.items():
            yield from self.slider_steps(name, value)
        yield from self.limit_steps()
        yield from self.money_steps()
        yield from self.axis_steps()
        yield from self.plot_steps()
        yield from self.brush_steps()
        yield from self.table_steps()
        yield from self.threshold_steps()
        yield from self.history_steps()

    def slider_steps(self, name: str, value: str) -> Iterator[Step]:
        def arrow() -> None:
            before = self.number(name)
            self.slider(name).press("ArrowRight")
            if name == "rows_per_request":
                for _ in range(60):
                    self.slider(name).press("ArrowRight")
            assert self.number(name) > before

        def home() -> None:
            self.slider(name).press("Home")
            assert self.number(name) <= 1

        def typed() -> None:
            self.pause()
            self.field(name).fill(value)
            assert self.number(name) == float(value)
            assert self.slider(name).get_attribute("aria-valuetext")

        def undone() -> None:
            self.field(name).press("Control+z")
            assert self.number(name) <= 1
            self.find("button[name=redo]").click()
            assert self.number(name) == float(value)

        for words, step in (("arrow", arrow), ("home", home), ("typed", typed), ("undone and redone", undone)):
            yield f"{name}: {words}", step

    def limit_steps(self) -> Iterator[Step]:
        def refused() -> None:
            self.field("latency_p99_ms").fill("-3")
            assert self.field("latency_p99_ms").get_attribute("aria-invalid") == "true"
            self.field("latency_p99_ms").fill("3")
            assert self.field("latency_p99_ms").get_attribute("aria-invalid") == "false"

        def unlimited() -> None:
            before = self.text(".wb-scroll caption")
            self.find("input[name=no_latency_p99_ms]").check()
            assert self.text(".wb-scroll caption") != before
            assert self.slider("latency_p99_ms").is_disabled()

        def limited() -> None:
            self.find("input[name=no_latency_p99_ms]").uncheck()
            assert self.number("latency_p99_ms") == 3

        def memory() -> None:
            before = self.text(".wb-scroll caption")
            self.find("input[name=no_peak_rss_bytes]").uncheck()
            self.field("peak_rss_bytes").fill("202")
            assert self.text(".wb-scroll caption") != before

        def memory_by_key() -> None:
            self.slider("peak_rss_bytes").press("ArrowRight")
            assert self.number("peak_rss_bytes") > 202

        def no_memory() -> None:
            self.find("input[name=no_peak_rss_bytes]").check()
            assert self.field("peak_rss_bytes").is_disabled()

        steps = (refused, unlimited, limited, memory, memory_by_key, no_memory)
        yield from ((f"limits: {step.__name__}", step) for step in steps)

    def money_steps(self) -> Iterator[Step]:
        def machine() -> None:
            self.find("select[name=instance]").select_option("aws/us-east-1/m7i.xlarge")
            assert "m7i.xlarge" in self.text(".wb-basis")

        def spot() -> None:
            self.find("select[name=purchase]").select_option("spot")
            assert "spot" in self.text(".wb-basis")

        def back() -> None:
            self.find("select[name=purchase]").press("Control+z")
            self.find("select[name=purchase]").press("Control+z")
            assert "m7i.large on demand" in self.text(".wb-basis")

        yield from ((f"money: {step.__name__}", step) for step in (machine, spot, back))

    def axis_steps(self) -> Iterator[Step]:
        def chosen(name: str, value: str, words: str) -> Callable[[], None]:
            def step() -> None:
                self.find(f"select[name={name}]").select_option(value)
                assert words in (
                    self.find("canvas").get_attribute("aria-label")
                    if name in {"across", "up"}
                    else self.text(".wb-plot >> xpath=..")
                )

            return step

        def ticked(name: str) -> Callable[[], None]:
            def step() -> None:
                box = self.find(f"input[name={name}]")
                before = box.is_checked()
                box.click()
                assert box.is_checked() != before
                box.click()

            return step

        yield "axes: across", chosen("across", "size_bytes", "Size of the model")
        yield "axes: up", chosen("up", "average_precision", "average precision")
        yield "axes: colour", chosen("colour", "latency_p99_ms", "99th percentile of latency: faint")
        yield "axes: size", chosen("size", "train_cpu_seconds", "Training time: small")
        yield "axes: log", ticked("log")
        yield "axes: only within", ticked("feasible_only")

    def plot_steps(self) -> Iterator[Step]:
        canvas = self.find("canvas")

        def walk() -> None:
            canvas.focus()
            canvas.press("ArrowRight")
            first = self.text(".wb-readout b")
            canvas.press("ArrowRight")
            assert self.text(".wb-readout b") != first
            canvas.press("ArrowLeft")
            assert self.text(".wb-readout b") == first

        def enter() -> None:
            name = self.text(".wb-readout b")
            canvas.press("Enter")
            assert self.text(".wb-headline").split()[0] == name

        def pin() -> None:
            canvas.press("ArrowRight")
            name = self.text(".wb-readout b")
            canvas.press("p")
            assert name in self.text(".wb-pinned")

        def escape() -> None:
            canvas.press("Escape")
            assert self.find(".wb-readout").is_hidden()

        def hover() -> None:
            canvas.press("ArrowRight")
            canvas.press("ArrowRight")
            name = self.text(".wb-readout b")
            canvas.scroll_into_view_if_needed()
            readout, box = self.find(".wb-readout").bounding_box(), canvas.bounding_box()
            self.page.mouse.move(box["x"] + 3, box["y"] + 3)
            assert self.find(".wb-readout").is_hidden()
            left = (
                readout["x"] - 16
                if readout["x"] - box["x"] < box["width"] * 0.62
                else readout["x"] + readout["width"] + 16
            )
            self.page.mouse.move(left, readout["y"] + 20)
            assert self.text(".wb-readout b") == name or self.find(".wb-readout").is_visible()

        def click() -> None:
            name = self.text(".wb-readout b")
            self.page.mouse.down()
            self.page.mouse.up()
            assert self.text(".wb-headline").split()[0] == name

        steps = (walk, enter, pin, escape, hover, click)
        yield from ((f"plot: {step.__name__}", step) for step in steps)

    def brush_steps(self) -> Iterator[Step]:
        canvas = self.find("canvas")
        table = ".wb-scroll caption"

        def dragged() -> None:
            canvas.scroll_into_view_if_needed()
            box = canvas.bounding_box()
            self.page.mouse.move(box["x"] + 110, box["y"] + 30)
            self.page.mouse.down()
            self.page.mouse.move(box["x"] + 300, box["y"] + 200)
            self.page.mouse.move(box["x"] + 420, box["y"] + 360)
            self.page.mouse.up()
            assert self.text(table).startswith("In the rectangle")

        def dropped() -> None:
            canvas.focus()
            canvas.press("Escape")
            assert self.text(table).startswith("Best within")

        def by_keys() -> None:
            for key in ("ArrowRight", "b", "ArrowLeft", "Shift+ArrowRight", "Shift+ArrowUp", "Enter"):
                canvas.press(key)
            assert self.text(table).startswith("In the rectangle")

        def undone() -> None:
            canvas.press("Control+z")
            assert self.text(table).startswith("Best within")

        def by_numbers() -> None:
            self.find(".wb-rectangle summary").click()
            self.find("input[name=brush_x0]").fill("0")
            self.find("input[name=brush_x1]").fill("600,000")
            self.find(".wb-rectangle button").first.click()
            assert self.text(table).startswith("In the rectangle")
            sizes = [row.locator("td").nth(6).inner_text() for row in self.find("tbody").first.locator("tr").all()]
            assert sizes
            assert all(size.endswith("kB") for size in sizes)

        def cleared() -> None:
            self.find(".wb-rectangle").get_by_role("button", name="Clear").click()
            assert self.text(table).startswith("Best within")

        steps = (dragged, dropped, by_keys, undone, by_numbers, cleared)
        yield from ((f"brush: {step.__name__}", step) for step in steps)

    def table_steps(self) -> Iterator[Step]:
        def choose() -> None:
            row = self.find("tbody").first.locator("tr:not(.wb-own)").first
            name = row.locator("th").inner_text().split()[0]
            row.locator(".wb-choose").click()
            assert self.text(".wb-headline").split()[0] == name

        def pin() -> None:
            row = self.find("tbody").first.locator("tr", has=self.page.locator(".wb-pin[aria-pressed=false]")).last
            row.locator(".wb-pin").press("Enter")
            assert self.find(".wb-pinned thead th").count() == 4
            for line in self.find(".wb-pinned tbody tr").all():
                cells = line.locator("td").all_inner_texts()
                assert cells[0] != cells[1]

        def unpin() -> None:
            self.find("section[aria-label='Pinned candidates'] button").click()
            assert self.find("section[aria-label='Pinned candidates']").is_hidden()

        yield from ((f"table: {step.__name__}", step) for step in (choose, pin, unpin))

    def threshold_steps(self) -> Iterator[Step]:
        panel = "section[aria-label=Threshold]"

        def slid() -> None:
            before = self.number("threshold")
            for _ in range(4):
                self.slider("threshold").press("ArrowRight")
            assert self.number("threshold") > before
            assert "Your own threshold costs" in self.text(panel)

        def typed() -> None:
            self.field("threshold").fill("0.5")
            assert "0.5000" in self.text("tr.wb-own")

        def refused() -> None:
            self.field("threshold").fill("1.5")
            assert self.field("threshold").get_attribute("aria-invalid") == "true"

        def reset() -> None:
            self.find(panel).get_by_role("button", name="Reset to best").click()
            assert "best threshold" in self.text(panel)

        yield from ((f"threshold: {step.__name__}", step) for step in (slid, typed, refused, reset))

    def history_steps(self) -> Iterator[Step]:
        def undo() -> None:
            self.find("button[name=undo]").click()
            assert self.number("threshold") == 0.5

        def redo() -> None:
            self.find("button[name=redo]").press("Enter")
            assert self.number("threshold") != 0.5

        def by_key() -> None:
            self.slider("threshold").press("Control+z")
            self.slider("threshold").press("Control+Shift+z")
            assert self.number("threshold") != 0.5

        yield from ((f"history: {step.__name__}", step) for step in (undo, redo, by_key))
