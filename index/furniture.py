"""What a single line of a scraped page is, told from the line alone: the words that pages put around a story."""

from __future__ import annotations

import re

from index.types import Kind


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.I)


_COOKIES = _any(
    r"\b(we|(web)?site|page|us|partners?) (\w+ )?(uses?|stores?|sets?|place[sd]?) (\w+ ){0,3}cookies",
    r"\bcookies? (policy|notice|settings|preferences|consent|banner)\b",
    r"\b(accept|reject|decline|manage|allow|enable) (all |our |necessary |optional )?cookies\b",
    r"\bcookies (are used|help us|to improve|that we|on (your|this))",
    r"\bvalue your privacy\b|\b(accept|reject) all\b.*\b(accept|reject|settings|manage|options)\b|\binformation on (your|a) device\b",
    r"本(网站|站|网)(会)?使用.{0,8}cookie|接受(所有|全部)?.{0,4}cookie",
)
_SENTENCE = re.compile(r"(?:[a-z0-9%)][.!?]|[。！？])[”\"’]?$")
_ADDRESS = re.compile(r"\b(we|our|us|you|your|this (web)?site|please)\b|您|我们|本站|本网", re.I)
_RIGHTS = _any(
    r"\ball rights reserved\b", r"^(copyright )?(©|\(c\)) ?\d{4}", r"^copyright \d{4}", r"版权所有|不得转载",
    r"^(sign up|subscribe) (for|to) (the|our|a|this)\b",
)  # fmt: skip
_NOTICE = _any(
    r"^skip to (main )?content", r"^copyright\b",
    r"\bterms (of|and) (use|service|conditions)\b.*\bprivacy\b", r"^privacy policy$", r"^advertise?ment$",
    r"\bsubscribe (now|today|to our|for|here)\b", r"\b(sign up|signup) (for|to|here)\b", r"\bour (free )?(daily |weekly )?newsletter\b",
    r"^never miss (a|an|our)\b|\b(in|to) your inbox\b", r"^\(?(additional |more )?reporting by\b.{0,200}$",
    r"^(please )?(log|sign) ?in\b", r"\bcreate (a|your) free account\b", r"\bdownload (our|the) app\b",
    r"^this (article|story) (was )?(first|originally) (appeared|published)", r"^reproduced with permission",
    r"版权所有|未经.{0,6}(授权|许可).{0,6}(不得|禁止)?.{0,4}转载|扫码|扫一扫|关注我们|微信公众号|返回顶部|免责声明|订阅",
)  # fmt: skip
_NETWORKS = r"(facebook|twitter|x|linkedin|whatsapp|telegram|reddit|pinterest|wechat|weibo|email|e-mail|print|copy link|link|messenger|line|sms|tumblr)"
_SHARE = _any(
    r"^(please )?share( (this|the|it|on|via|now|article|post|story|page))*( (article|post|story|page|on|via))*\W*"
    + f"({_NETWORKS}\\W*)*$",
    rf"^(\w+\W+)?{_NETWORKS}(\W+{_NETWORKS})+\W*$",
    r"^(tweet|pin it|like us on|follow us( on.{0,40})?|join (the|our) (conversation|channel))\W*$",
    r"^(print|save|bookmark|comments?|no comments|leave a (comment|reply))( this article)?\W*\d*\W*$",
    r"^分享(到|至|本文)?.{0,30}$|^(点赞|收藏|评论|转发)\W*\d*$",
)
RELATED = _any(
    r"^(related|similar|more|other) (posts?|stories|story|articles?|news|reading|content|topics|coverage)\W*$",
    r"^(most|popular|top|trending|latest|recommended)( (read|viewed|popular|stories|story|posts?|news|articles|now|for you|this week))*( (in|on) .{1,40})?\W*$",
    r"^(read (more|next|also|on)|see also|also read|you (may|might) (also )?(like|be interested in)|don.?t miss|up next|on top|more from .{1,40}|more on this( story)?|in other news|elsewhere)\W*$",
    r"^(相关(阅读|新闻|报道|文章)|延伸阅读|推荐阅读|热门(文章|新闻|推荐)?|更多(新闻|文章)|猜你喜欢)\W*$",
)
_INLINE_RELATED = _any(
    r"^(read (more|also|next)|see also|also read|related|more)(\s*[:：|»>]|\s+[-–])\s*\S.{0,160}$", r"^相关阅读[:：].{0,80}$"
)
_AROUND = _any(
    # What pages write on their buttons, counters and boxes, as the whole of a line.
    r"^(menu|home|search|log ?in|sign ?(in|up)|register|accept( all)?|ok|follow|topics?|tags?|sections?|site index|view all|load more"
    r"|save for later|gift (this )?article|listen to this article|print this page|email a colleague|text size|skip advert\w*"
    r"|accept all|manage choices|older posts|newer posts|enter your e-?mail( address)?|reuse this content|article continues below"
    r"|article continues after (this )?ad\w*|after newsletter promotion|show key events( only)?|how we handle corrections"
    r"|purchase licensing rights|news provided by|start your free trial|pin this( for later)?|\[?ad\]?|###|notify me of .{1,40}"
    r"|add (a|your) comment|join the discussion|read next|also in this (issue|edition)|explore more .{1,40})\W*(\d+ ?min\w*)?\W*$",
    r"^(\d[\d., ]* )?(comments?|replies|views?|shares?|likes?|kommentare?|commentaires?|comentarios?|commenti|комментари\w+|просмотр\w*)"
    r"( ?\(\d+\)|: ?\d+)?\W*$",
    r"^view all \d+ comments|^\d+[- ]min(ute)?s? read\W*$|^page \d+ of \d+$|^\W*(previous|next)( (post|page|article|story))?\W*(:.*)?$",
    r"^(\d+\W+){2,}$|^tags?: .{1,200}$|^topics?: .{1,200}$|^filed under:? .{1,200}$",
    r"^(anzeige|werbung|zum inhalt springen|zur startseite|mehr zum thema|artikel (merken|teilen)|(jetzt )?abonnieren|anmelden)\W*$",
    r"^(publicité|la suite après cette publicité|aller au contenu( principal)?|accueil|s.abonner|se connecter|offrir cet article"
    r"|lire aussi\b.{0,200}|contribuer|réutiliser ce contenu|temps de lecture.{0,20}|nos lecteurs ont lu ensuite)\W*$",
    r"^(publicidad|suscríbete|iniciar sesión|compartir( en \w+)?|copiar enlace|más información|regístrate.{0,40}|te puede interesar)\W*$",
    r"^(publicidade|assine( já)?|compartilhar|leia (também|mais)\b.{0,200}|pubblicità|leggi anche\b.{0,200}|abbonati)\W*$",
    r"^(реклама|войти|главная( / .{1,40})?|читайте также\b.{0,200}|новости партн[её]ров|подписаться|поделиться|нашли ошибку.{0,80})\W*$",
    r"^(打开app.{0,12}|上一篇.{0,60}|下一篇.{0,60}|网友评论.{0,8}|字号.{0,12}|举报|展开全文|点击.{0,12}|登录|注册|首页)\W*$",
)
_NO_SENTENCE_OF_THE_STORY = _any(
    # Whole sentences that no story says of itself.
    r"\baffiliate links?\b.*\bcommission\b|^your e-?mail address will not be published|^required fields are marked",
    r"^(this|our) live ?blog is (now )?closed|\bturn on javascript\b|\benable javascript\b",
    r"\bprices? (are )?delayed (by )?(at least )?\d+ minutes\b|^risk warning\b|\bcontains forward-looking statements\b",
    r"\bto (continue|keep) reading\b.{0,120}\b(log in|sign in|register|subscribe)\b|^(il vous reste|dieser artikel ist).{0,160}(abonn)",
    r"^(datenschutz|privacy notice)\s*:|\bcommunity guidelines\b.{0,60}\b(here|viewed|read)\b|^join our whatsapp\b",
    r"ссылка на .{1,60} обязательна|^声明[:：]|本网转载",
)
_AUTHOR = _any(r"^(author|writer|reporter) (profile|bio|picture|photo).*$", r"^about the (author|writer|reporter)s?\W*$",
               r"^(follow|contact|reach|e-?mail) (him|her|them|the (author|writer|reporter)) (on|at|via|@)",
               r"^i am [^.]{1,60}\b(editor|reporter|journalist|correspondent|columnist|writer)\b",

               r"^(作者|记者|编辑)(简介|介绍[:：])|^[（(]?(责任编辑|责编|编辑|校对)[:： ]")  # fmt: skip
_BIO = re.compile(
    r"^(?:[^\W\d_][\w.’'-]*,? ){1,6}is (?:a|an|the|our)(?: [\w’'-]+){0,7}"
    r" (?:reporter|editor|journalist|correspondent|columnist|writer|contributor|bureau chief|stringer)\b"
    r"|^(?:[A-Z][\w.’'-]* ){1,5}(?:covers|reports on|reports from|writes about)\b"
)
_MENU_ITEM = re.compile(r"\s*(?:\||›|»|>>?|·|•|｜|\s-\s|\s–\s|\s{2,}|\t)\s*")
_CAPTION = _any(
    r"^(https?:)?//\S+\.(jpe?g|png|gif|webp|svg|avif)\S*$",
    r"^[^.]{0,300}[\[(（【](photo|picture|image|credit|illustration|file|graphic|图|摄影|图片).{0,60}[\])）】]\W*$",
    r"^(photo|picture|image|graphic|illustration|video|credit|caption|file photo|图片?|摄影|资料图|来源图)( (by|credit|courtesy|via|source))?\s*[:：|/].{1,250}$",
    r"^(photo|photograph|image|picture|illustration) (by|courtesy( of)?|via) .{1,120}$",
    r"^© ?(?!\d{4})\S.{0,120}$",
    r"^.{0,300}[\s.(（](photo(graph)?s?|pic(ture)?s?|image|credit|foto(graf\w*)?|bild|imagen|фото|摄影|撮影)\s?(:|：|/|\.\.\.)\s?"
    r"(?-i:[A-ZÀ-ÞА-ЯЁ\u3040-\u30ff\u4e00-\u9fff]).{1,80}$",
    r"^(foto(graf\w*)?|bild|imagen|photographie|crédit|фото|撮影|사진)\s*[:：].{1,200}$",
    r"^.{10,300}(\(|/ ?|\. ?|\| ?|via )(getty images|reuters/[A-Z].{2,40}|ap photo.{0,40}|file photo)\)?\.?$",
    r"^.{4,120}[（(]?(图/|摄影[:：/]|资料图|供图|新华社记者.{1,6}摄).{0,20}$",
)

BIO_LENGTH = 700
LINE_LENGTH = 400
"""Share bars, captions and headings are short; a longer line that holds their words is about them."""


def furniture(line: str) -> Kind | None:
    """The kind of a line that is not prose, or None for one that may be.

    A whole sentence is furniture only when it speaks to the reader, as notices do, or claims a right; a sentence of the
    story may well be about cookies or subscriptions.

    >>> furniture("This site uses cookies to improve your experience."), furniture("Facebook  Twitter  WhatsApp")
    ('boilerplate', 'boilerplate')
    >>> furniture("The premier at a press conference [Photo/Agency]"), furniture("The plant opened in May.")
    ('caption', None)
    """
    line = _bare(line)
    if len(line) <= BIO_LENGTH and _AUTHOR.search(line):
        return "boilerplate"
    sentence = bool(_SENTENCE.search(line))
    if (not sentence or _speaks_to_reader(line)) and _COOKIES.search(line):
        return "boilerplate"
    if not line or len(line) > LINE_LENGTH:
        return None
    if _CAPTION.search(line):
        return "caption"
    if (
        _RIGHTS.search(line)
        or _NO_SENTENCE_OF_THE_STORY.search(line)
        or (_NOTICE.search(line) and (not sentence or _speaks_to_reader(line)))
    ):
        return "boilerplate"
    if not sentence and (any(pattern.search(line) for pattern in (_SHARE, RELATED, _INLINE_RELATED, _AROUND)) or _is_menu(line)):
        return "boilerplate"
    return None


def _speaks_to_reader(line: str) -> bool:
    """A notice says "we" and "you"; a quotation in the story may too, but then stands in quotation marks."""
    return bool(_ADDRESS.search(line)) and not line.startswith(("“", '"', "‘", "'", "「"))


def _bare(line: str) -> str:
    return line.strip().strip("*_#>| ").strip()


def _is_menu(line: str) -> bool:
    """`Home > Policy > China`: two or more names of one to four words, none of them a sentence."""
    items = [item for item in _MENU_ITEM.split(line) if item]
    # Two names with a dash between them may be a headline, and names with numbers a row of a table.
    least = 3 if re.search(r"\s[–-]\s", line) else 2
    if len(line) > 120 or len(items) < least:
        return False
    return all(len(item.split()) <= 4 and len(item) <= 30 and not re.search(r"(^|\s)[-($€£¥]*\d", item) for item in items)


def is_bio(line: str) -> bool:
    """Whether a line reads like a note about its author; a sentence of a story may too, so its neighbours must agree.

    >>> is_bio("Ada Thorne covers ports from Kestrel Bay."), is_bio("The sum covers the whole plant.")
    (True, False)
    """
    return len(line) <= BIO_LENGTH and bool(_BIO.search(_bare(line)))


def is_related_heading(line: str) -> bool:
    """Whether a line heads a list of other stories' headlines.

    >>> is_related_heading("Most read"), is_related_heading("Most read the plan as a threat.")
    (True, False)
    """
    return bool(RELATED.search(_bare(line)))
