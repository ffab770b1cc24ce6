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
    "Vietnamese": "thanh cong|da tao|da nhan|nha cung cap|chap nhan|da dat|dang cho|cho xu ly",
    "Indonesian": (
        r"berhasil|sukses|diterima|dibuat|terdaftar|tercatat|diproses|antrian|menunggu|pusat|tersimpan"
    ),
}
"""Words in folded form which, after a refusal, make it uncertain: the order may have been booked, by the panel or by
its supplier, or wait there until it can be paid."""

_ORDER = r"siparis\w*|pedidos?|ordenes|заказ\w*|سفارش\w*|\w*طلب\w*|don hang|pesanan\w*"
"""An order, in folded form. A refusal for funds that goes on about one may say that it starts once it is paid."""

TAKEN = rf"\b(?:{'|'.join(_TAKEN.values())})\b|\b(?:order|orden|{_ORDER})\W*(?:id|no|nr|num\w*)?\W*\d|#\s*\d"
ORDER = rf"\b(?:{_ORDER})"
