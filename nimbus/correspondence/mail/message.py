"""Pure: mail as bytes (RFC 5322, MIME). Whatever a caller put into it, it ends no header."""

from __future__ import annotations

import datetime as dates
import html
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from nimbus.correspondence.mail.addresses import check_address, domain_of
from nimbus.correspondence.mail.records import MAX_NAME, Content
from nimbus.correspondence.mail.rules import check_header
from nimbus.kernel.clock import MICROSECONDS

# 7bit: also a relay without 8BITMIME takes it. Lines end in CRLF.
_POLICY = SMTP.clone(cte_type="7bit")
MAX_SUBJECT = 200


def composed(
    *, mail_id: str, sender: str, sender_name: str, recipient: str, subject: str, content: Content, at: int
) -> bytes:
    """`at` in epoch microseconds. Raises ValidationError for what cannot be in a header."""
    sender, recipient = check_address(sender, "from_address"), check_address(recipient, "recipient")
    message = EmailMessage(policy=_POLICY)
    message["From"] = _address(check_header(sender_name, "from_name", MAX_NAME), sender)
    message["To"] = _address("", recipient)
    message["Subject"] = check_header(subject, "subject", MAX_SUBJECT)
    moment = dates.datetime.fromtimestamp(at // MICROSECONDS, dates.UTC)
    message["Date"] = format_datetime(moment)
    # The same for every try: a mailbox that gets it twice can tell.
    message["Message-ID"] = f"<{mail_id}@{domain_of(sender)}>"
    # RFC 3834 section 5: no vacation notes, please.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(content.text)
    if content.html:
        message.add_alternative(content.html, subtype="html")
    return message.as_bytes()


def _address(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    return Address(name, local, domain)


def simple_html(paragraphs: list[str], link: str = "", link_text: str = "") -> str:
    """Plain paragraphs, and a link after the first of them. Everything is escaped."""
    parts = [f"<p>{html.escape(text).replace(chr(10), '<br>')}</p>" for text in paragraphs]
    if link:
        parts.insert(1, f'<p><a href="{html.escape(link)}">{html.escape(link_text)}</a></p>')
    return (
        '<!doctype html><html><head><meta charset="utf-8"></head>'
        '<body style="font-family: sans-serif; line-height: 1.5; max-width: 36em">'
        f"{''.join(parts)}</body></html>\n"
    )
