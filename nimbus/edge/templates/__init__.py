"""Templates: how a virtual host becomes nginx's configuration.

A template is nginx's text with values in it: `{{name}}`, `{{#if name}}`, `{{else}}`, `{{#unless name}}`,
`{{#each names}}`, `{{! remark }}`; within `each` the names are those of the item, `{{this}}` is an item without
names, and `{{../name}}` is a name outside of it.

Invariants:
- A value stays in its place: what a place in the text can hold (a whole word, a part of one, quotes) is known when
  the template is saved, and each value is written as that place needs it, or refused (`writing.py`).
- No value changes the structure, whatever template it meets: the text is made twice, with the values and with
  harmless ones in their place, and both must have the same directives, arguments and blocks (`structure.py`).
- A template of an operator has only directives of an allow-list (`allowed.py`).
"""
