"""Words which, after a refusal, make it uncertain: the order may have been taken all the same. Pure.

Patterns of folded messages (`spelling.py`), by language.
"""

from __future__ import annotations

from collections.abc import Mapping

_TAKEN: Mapping[str, str] = {
    "English": (
        r"accepted|placed|created|registered|submitted|successful\w*|provider|supplier|upstream|pending|queued|charged|"
        r"deducted|scheduled|recorded|reserved"
    ),
    "Turkish": (
        r"kabul edil\w*|olustur\w*|alindi|alinmis\w*|verildi|kaydedil\w*|saglayici\w*|tedarikci\w*|basari(yla|li)|"
        r"sirada|beklemede|gonderildi|baslatil\w*"
    ),
    "Portuguese, Spanish": (
        r"criad\w*|cread\w*|aceit\w*|acept\w*|registrad\w*|realizad\w*|recebid\w*|recibid\w*|fornecedor\w*|proveedor\w*|"
        r"provedor\w*|exito\w*|sucesso|penden\w*|pendient\w*|enviad\w*|agendad\w*|en cola|na fila"
    ),
    "Russian": (
        r"принят\w*|создан\w*|размещ\w*|поставщик\w*|провайдер\w*|успешн\w*|ожида\w*|очеред\w*|начн\w*|"
        r"зарегистрир\w*|отправлен\w*|выполн\w*|оформл\w*|списан\w*"
    ),
    "Persian": (
        "ثبت ?شد|ثبت گرديد|پذيرفته|موفقيت|ايجاد ?شد|تامين ?كننده|ارايه ?دهنده|در انتظار|در صف|"
        "انجام ?شد|دريافت ?شد"
    ),
    "Arabic": r"تم|بنجاح|\w*مزود\w*|\w*انشاء|قبول|قيد|\w*انتظار|سيتم|\w*استلام",
    "Vietnamese": "thanh cong|da tao|da nhan|nha cung cap|chap nhan|da dat|dang cho|cho xu ly|hang doi",
    "Indonesian": (
        r"berhasil|sukses|diterima|dibuat|terdaftar|tercatat|diproses|antrian|menunggu|pusat|tersimpan"
    ),
}
"""Words in folded form which, after a refusal, make it uncertain: the order may have been booked, by the panel or by
its supplier, or wait there until it can be paid."""

_HELD: Mapping[str, str] = {
    "English": (
        r"on hold|await\w*|waiting|unpaid|saved|stored|kept|delay\w*|in (?:the |a |our )?queue|"
        r"(?:is|in|being|be) process(?:ed|ing)|"
        r"will (?:be )?(?:start|begin|process|deliver|run|plac|sent|execut|complet)\w*"
    ),
    "Turkish": r"bekleni\w*|bekliyor\w*|baslay\w*|gecik\w*|isleme|islemde|isleniyor\w*|islenecek\w*|kayitli",
    "Portuguese, Spanish": (
        r"e[nm] espera|aguardando|guardad\w*|salv[oa]|atras\w*|retras\w*|demor\w*|procesara\w*|proces+ad\w*|"
        r"iniciara\w*|iniciad\w*|com[ei]n?[zc]ara\w*|ejecutad\w*|executad\w*|entreg(?:ue|ad\w*)"
    ),
    "Russian": (
        r"отлож\w*|задерж\w*|в обработк\w*|обработан\w*|обрабатыва\w*|запуст\w*|запущ\w*|"
        r"сохранен\w*|удержан\w*"
    ),
    "Persian": "منتظر|شروع|ذخيره ?شد|تاخير|انجام ?(?:مي ?شود|خواهد)|پردازش|معلق",
    "Arabic": r"\w*يتاخر|\w*تاخير|س[ين]بدا|سي?نفذ|سيكتمل|معلق\w*|محفوظ\w*|حفظ",
    "Vietnamese": (
        "cho thanh toan|dang xu ly|se (?:chay|bat dau|xu ly|duoc (?:chay|xu ly|thuc hien))|bi cham|"
        "co the cham|cham tre|bi tre|da luu"
    ),
    "Indonesian": r"(?:ter|di)tunda|(?:ter)?lambat|dikerjakan|dijalankan|dikirim|disimpan|dimulai|ditahan",
}
"""Words in folded form that say that something waits, is late or will begin: after a refusal that may be the order. Of
a busy link it is the order before."""

_ORDER = r"siparis\w*|pedidos?|orden(?:es)?|заказ\w*|سفارش\w*|\w*طلب\w*|don hang|pesanan\w*"
"""An order, in folded form. A refusal for funds that goes on about one may say that it starts once it is paid."""

TAKEN = rf"\b(?:{'|'.join(_TAKEN.values())})\b|\b(?:order|orden|{_ORDER})\W*(?:id|no|nr|num\w*)?\W*\d|#\s*\d"
HELD = rf"\b(?:{'|'.join(_HELD.values())})\b"
ORDER = rf"\b(?:{_ORDER})"
