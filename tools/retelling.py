"""The story told in words, with a table of its numbers and the still that shows each: what `tools/story.py` writes last."""

from __future__ import annotations

from tape import COLUMNS, ROWS, Record

README = """\
# From a letter to a survey

This is the reference story of the program, played at the real desk with keys only, in a terminal of {columns} columns and
{rows} rows, on the demo company. `make story` plays it again, checks every number on the way and writes this folder: the
stills below, and `story.cast` for an asciinema player. The desk speaks French here; the words that matter are translated.

1. Adèle Fontanel has been a customer since 1994. On day 0, Tuesday 24 November 2026, each of her three old contract numbers
   finds her (still {found}): *client depuis 32 ans*, a customer for 32 years.
2. That morning a registered letter comes: she is charged a fee, and here is the proof that she paid. A case is opened, a
   dispute, and the letter goes into it (still {letter}). *Sans réponse*: no answer yet. *Pas de coupure*: nobody may cut her off.
3. On day 10, a Friday, two other customers say that a proof they sent was never read. Colleagues pass that on to billing, each
   under the same few words. Two are no alert yet.
4. On day 12, a Sunday, the billing system asks whether it may cut her off. It is told no, in JSON and by exit status 4, and
   why: her letter has waited 12 days (still {guard}). It asks for the cut-off all the same: refused, recorded, the letter
   named with its age, 12 *jours* (still {refused}).
5. The same Sunday a campaign selects her for an option, *Ligne Veille*, which she has had since 2022. It is excluded twice:
   she has it already, whatever reason is given, and during a dispute nothing is sold to her (still {campaign}).
6. On day 13 a colleague, Inès Benali, takes her call. All of it is there before a word is said (still {colleague}): the
   letter, the cut-off that was refused when it was 12 days old, what she holds, who knows her.
7. Inès says the situation back, she agrees (*confirmé*) and need not say it again. The call answers the letter, and she
   hears a promise: the fee, 12,50 €, back by Wednesday, day 15 (still {answered}). The letter no longer holds; the dispute
   still does (still {dispute}).
8. Her proof lay unread for two weeks: one key passes that on too. She is the third customer this week, after none in the eight
   weeks before: *alerte*, with a day by which billing owes an answer (still {third}).
9. On day 14 the promise is one to keep or to warn of, *tenir ou prévenir* (still {to-warn}). Billing needs until Friday. The
   message is drafted, Inès says the new day (still {warning}), and the promise is moved to day 17, not broken: she was told
   before it was due (still {moved}).
10. On day 17 billing answers, ten days before it had to: yes, somebody reads the proofs every morning now. One answer, for all
    three (still {yes}).
11. The fee is back: *tenu*, kept. A gesture goes with it, a month of her line, and she is told what it is worth:
   17,99 € (still {kept}).
12. How her case stands, in at most eight lines that she may hear or read, comes from the same steps and promises (still
   {progress}).
13. The dispute is settled, the case is resolved and closed, and one survey is offered (still {closed}). The billing system
    asks once more: exit status 0, nothing stands in the way (still {free}).
14. Four weeks later the team looks at its screen: nobody was cut off or charged while waiting for an answer, all who had to be
    told before a promise moved were told, and all signals were answered in time (still {team}).

## Every number, and the still that shows it

| what | number | still |
|---|---|---|
{table}
"""


def readme(record: Record) -> str:
    """The story told, with its stills and its numbers."""
    stills = {path.stem[3:]: path.stem[:2] for path in record.out.glob("[0-9][0-9]-*.txt")}
    linked = {name: f"[{number}]({number}-{name}.txt)" for name, number in stills.items()}
    names = {number: name for name, number in stills.items()}
    rows = (f"| {one.what} | `{one.shown}` | {linked[names[one.still]]} |" for one in record.numbers)
    return README.format(columns=COLUMNS, rows=ROWS, table="\n".join(rows), **linked)
