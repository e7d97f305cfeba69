"""Ways of looking: they have keys and palette entries, and change nothing."""

from __future__ import annotations

from advisor_tui.actions.registry import view
from advisor_tui.language import N_

view("find", N_("Find a customer or words"), "f2", "everywhere", N_("Find by name, number, address or words."), True)
view("help", N_("Help"), "f1", "everywhere", N_("The keys of this place first, then all others."))
view("palette", N_("Commands"), "ctrl+p", "everywhere", N_("Every action by its name, customers by theirs."))
view("search_life", N_("Search in this life"), "slash", "life", N_("Look for words in this customer's history."))
view("filter_life", N_("Filter"), "f", "life", N_("Show one channel, case, person or kind of entry."), True)
view("unfold", N_("Unfold or fold the entry"), "enter", "life", N_("Show the whole text in place."))
view("unfold_all", N_("Unfold or fold everything"), "z", "life", N_("Show every text whole, or only its first lines."))
view(
    "progress", N_("How it stands, for the customer"), "E", "life",
    N_("What was done, what comes and by when, in their language: to read on the phone or to copy into a letter."),
)  # fmt: skip
view("copy_entry", N_("Copy the entry"), "y", "life", N_("Put the entry's text on the clipboard."))
view("open_customer", N_("Open the customer"), "enter", "day", N_("Show this customer's whole life."))
view("refresh", N_("Refresh"), "f5", "everywhere", N_("Read the workspace again."))
view(
    "server", N_("Server"), "f3", "everywhere",
    N_("How sharing with colleagues stands, what waits, and what to do; or join a server."),
)  # fmt: skip
view(
    "set_aside", N_("What the server does not have"), "", "everywhere",
    N_("Entries that were refused or not sent yet: read, copy, send again."),
)  # fmt: skip
view(
    "voice", N_("What customers tell us"), "f7", "everywhere",
    N_("Weak signals by tag, alerts, and the dated answers of departments."),
)  # fmt: skip
view(
    "team", N_("The team's screen"), "f4", "everywhere",
    N_("Words of customers, what may hurt one, and five measures at most; nothing about a person."),
)  # fmt: skip
view("theme", N_("Change the theme"), "f9", "everywhere", N_("Dark, light, high contrast."))
view("language", N_("Change the language"), "f10", "everywhere", N_("French or English, at once."))
view("back", N_("Back to where I was"), "backspace", "life", N_("The customer shown before this one."))
view("next_pane", N_("Next pane"), "tab", "everywhere", N_("Move to the next pane."))
view("quit", N_("Leave the desk"), "ctrl+q", "everywhere", N_("Drafts stay where they are."))
view("record", N_("Record"), "ctrl+s", "composer", N_("Record what is written."))
view(
    "record_resolve",
    N_("Record and resolve"),
    "f6",
    "composer",
    N_("Record the resolution and mark the case resolved."),
)
view("full_screen", N_("Full screen"), "f11", "composer", N_("Give the text the whole screen, or take it back."))
view("external_editor", N_("Open in my editor"), "ctrl+e", "composer", N_("Write in $EDITOR and come back."))
view(
    "similar", N_("Similar resolutions"), "ctrl+r", "composer",
    N_("What was decided in like cases, beside the text; a sentence can be quoted, with its case."),
)  # fmt: skip
view(
    "quote_similar", N_("Quote this sentence"), "enter", "similar", N_("Put it into the text, with the case it comes from.")
)  # fmt: skip
view("back_to_text", N_("Back to the text"), "escape", "similar", N_("Go on writing; the panel stays."))
view("leave_composer", N_("Leave, keep the draft"), "escape", "composer", N_("The draft waits for you."))
view(
    "own_snippets", N_("My own phrases and signature"), "ctrl+t", "composer",
    N_("Put a phrase of mine where the cursor is, or keep the marked text as one; only I have them."),
)  # fmt: skip
view(
    "pause",
    N_("Take a pause"),
    "ctrl+g",
    "everywhere",
    N_("A quiet screen until a key is pressed; nobody is told, nothing is kept."),
)
view(
    "hard_moment", N_("A hard moment"), "H", "life",
    N_("A pause, a note for me alone, or words to ask a colleague for a talk; nothing of it is shared."),
)  # fmt: skip
view(
    "own_hours",
    N_("My own hours"),
    "",
    "everywhere",
    N_("When I work: what is due outside of it is handed over or moved; nobody is told."),
)
