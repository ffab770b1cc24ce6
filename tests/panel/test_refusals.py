"""Refusals in the languages of panels: understood however they are written, and never where an order may be taken."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.orders.answers import Accepted, Reason, Refused, Unanswered
from tracker.panel.dialects.built_in import named
from tracker.panel.dialects.custom import custom
from tracker.panel.dialects.refusal_words import LANGUAGES
from tracker.panel.dialects.refusals import FAMILY
from tracker.panel.exchange import Exchange, Request

PANEL = named("perfectpanel")
REFUSALS = PANEL.refusals

KNOWN: dict[Reason, tuple[str, ...]] = {
    Reason.FUNDS: (
        "Yetersiz bakiye", "Bakiyeniz yetersizdir", "Hesabınızda yeterli bakiye bulunmamaktadır", "Saldo insuficiente",
        "Você não tem saldo suficiente", "Fondos insuficientes", "No tienes suficiente saldo",
        "Недостаточно средств на балансе", "На счёте недостаточно средств", "موجودی کافی نیست",
        "موجودی حساب شما کافی نمی‌باشد", "رصيدك غير كافٍ", "لا يوجد رصيد كافي", "Số dư không đủ",
        "Tài khoản của bạn không đủ tiền", "Saldo tidak cukup", "Saldo Anda tidak mencukupi", "You have low balance",
        "Bu sipariş için bakiyeniz yetersiz", "Yeterli bakiyeye sahip değilsiniz", "Sem saldo suficiente",
        "No cuentas con saldo suficiente", "Dinero insuficiente", "Не достаточно средств",
        "شما موجودی کافی ندارید", "عدم موجودی کافی", "عذراً، رصيدك غير كافي لإتمام الطلب", "الرصيد لا يكفي",
        "Maaf saldo anda tidak cukup",
    ),
    Reason.RATE: (
        "Çok fazla istek gönderdiniz", "Muitas solicitações", "Demasiadas solicitudes", "Слишком много запросов",
        "تعداد درخواست های شما بیش از حد مجاز است", "طلبات كثيرة جداً", "Quá nhiều yêu cầu", "Terlalu banyak permintaan",
        "Çok fazla deneme", "تم تجاوز الحد المسموح من الطلبات",
    ),
    Reason.LINK_BUSY: (
        "Bu link için aktif bir siparişiniz bulunmaktadır", "Já existe um pedido em andamento para este link",
        "Ya tienes un pedido activo con este enlace", "У вас уже есть активный заказ с этой ссылкой",
        "شما یک سفارش فعال با این لینک دارید", "لديك طلب نشط على هذا الرابط", "Bạn đang có đơn hàng đang chạy với link này",
        "Masih terdapat pesanan aktif dengan target yang sama",
        "Aynı linke ait devam eden siparişiniz var",
        "Você tem um pedido ativo com este link. Aguarde até que o pedido seja concluído.",
        "Usted ya tiene un pedido activo con este enlace", "По этой ссылке уже есть активный заказ",
        "این لینک سفارش فعال دارد", "هناك طلب قيد التنفيذ لهذا الرابط", "Link này đã có đơn hàng",
        "Terdapat pesanan dengan target yang sama & berstatus Pending/Processing",
        "Pesanan dengan link ini masih berjalan",
    ),
    Reason.ACCOUNT: (
        "Geçersiz API anahtarı", "Chave de API inválida", "Clave API incorrecta", "Неверный API-ключ",
        "کلید API نامعتبر است", "مفتاح API غير صحيح", "API key không hợp lệ", "API Key salah",
        "Usuário inativo", "Clave inválida", "Неверный api key", "توکن نامعتبر است", "مفتاح الـ API غير صحيح",
        "تم إيقاف حسابك", "Token không hợp lệ", "IP tidak diizinkan", "Kunci API tidak valid",
    ),
    Reason.SERVICE: (
        "Geçersiz servis ID", "Serviço não encontrado", "El servicio no existe", "Услуга не найдена",
        "سرویس مورد نظر یافت نشد", "الخدمة غير موجودة", "Dịch vụ không tồn tại", "Layanan tidak tersedia",
        "Service deactive",
        "Este serviço não existe", "Este servicio no existe", "Данная услуга отключена", "هذه الخدمة غير موجودة",
    ),
    Reason.INPUT: (
        "Geçersiz link", "Minimum sipariş miktarı 100", "Link inválido", "Quantidade mínima: 100",
        "La cantidad es menor que 100", "Enlace inválido", "Неверная ссылка", "Минимальное количество: 100",
        "لینک نامعتبر است", "تعداد کمتر از حداقل است", "الرابط غير صحيح", "الكمية أقل من 100", "Link không hợp lệ",
        "Số lượng tối thiểu 100", "Link tidak valid", "Jumlah pesanan minimal 100", "Min Order : 100",
        "Lütfen geçerli bir link giriniz", "Girdiğiniz miktar minimum miktardan az", "Quantidade abaixo do mínimo",
        "A quantidade deve ser entre 100 e 1000", "El enlace no es válido",
        "La cantidad debe estar entre 100 y 1000", "Укажите ссылку", "Минимальное количество для заказа 100",
        "حداقل تعداد سفارش 100 می باشد", "تعداد باید بین 100 و 1000 باشد", "يجب أن تكون الكمية بين 100 و 1000",
        "Số lượng mua tối thiểu là 100", "Tối thiểu 100", "Data tidak boleh kosong",
    ),
    Reason.PASSING: (
        "Sistem bakımda", "O sistema está em manutenção", "El sitio está en mantenimiento", "Ведутся технические работы",
        "سایت در حال بروزرسانی است", "الموقع تحت الصيانة", "Hệ thống đang bảo trì", "Sistem sedang maintenance",
        "Şu anda bakımdayız", "Estamos em manutenção", "Estamos en mantenimiento", "Технические работы",
        "Hệ thống bảo trì",
    ),
    Reason.ORDER_UNKNOWN: (
        "Sipariş bulunamadı", "Pedido não encontrado", "Orden no encontrada", "Заказ не найден", "سفارش یافت نشد",
        "الطلب غير موجود", "Đơn hàng không tồn tại", "Pesanan tidak ditemukan",
    ),
}  # fmt: skip
SAYINGS = [(reason, text) for reason, texts in KNOWN.items() for text in texts]

TAKEN = (
    "Недостаточно средств на балансе. Ваш заказ №1 начнет исполняться после пополнения",
    "Saldo insuficiente na conta do provedor",
    "Saldo insuficiente. Tu pedido queda pendiente",
    "Yetersiz bakiye, siparişiniz sıraya alındı",
    "Saldo tidak cukup, pesanan menunggu pembayaran",
    "موجودی کافی نیست. سفارش ثبت شد",
    "رصيدك غير كاف، تم إنشاء الطلب",
    "Số dư không đủ. Đơn hàng đã tạo",
    "Not enough funds. Order ID: 23501",
    "Insufficient balance, order #23501",
    "Not enough funds; the order is pending",
    "رصيد المزود غير كافٍ",
    "Saldo pusat tidak cukup",
    "Not enough funds, order on hold", "Insufficient balance. It will start once you pay",
    "Too many requests, processing may be delayed", "System maintenance. Order saved",
    "No dispone de saldo suficiente; orden en espera", "Saldo insuficiente, aguardando pagamento",
    "Muitas solicitações, pode haver atrasos", "Yetersiz bakiye, ödeme bekleniyor", "Çok fazla istek, gecikme olabilir",
    "Недостаточно средств. Запустится после оплаты", "Технические работы, возможны задержки",
    "موجودی کافی نیست، منتظر پرداخت", "سایت در حال بروزرسانی است، با تاخیر انجام می شود",
    "طلبات كثيرة، قد يتأخر التنفيذ", "رصيد غير كاف، سيبدأ بعد الشحن", "Số dư không đủ, chờ thanh toán",
    "Đang bảo trì, sẽ chạy sau", "Saldo tidak cukup, tertunda", "Sedang maintenance, order akan dikerjakan nanti",
    "Link này đã có đơn hàng, đã thêm vào hàng đợi",
)  # fmt: skip

ADVICE = (
    "Insufficient balance. Please add funds to your account and try again", "Not enough funds to place this order",
    "You have an active order with this link. Please wait until it is processed", "Too many requests, wait 60 seconds",
    "System is under maintenance, please try again later", "Saldo insuficiente para esta orden",
    "Demasiadas solicitudes, espere un momento", "Muitas solicitações, aguarde", "Yetersiz bakiye, bakiye yükleyin",
    "Çok fazla istek, lütfen bekleyin", "Недостаточно средств, пополните баланс", "Слишком много запросов, подождите",
    "موجودی کافی نیست، لطفا حساب خود را شارژ کنید", "رصيدك غير كاف، يرجى شحن الرصيد", "طلبات كثيرة، حاول لاحقا",
    "Số dư không đủ, vui lòng nạp thêm", "Bạn thao tác quá nhanh, vui lòng chậm lại", "Saldo tidak cukup, silahkan top up",
    "Terlalu banyak permintaan, tunggu sebentar", "Sedang maintenance, coba lagi nanti",
)  # fmt: skip

SUCCESSES = (
    "Order placed successfully", "Your order has been accepted", "Sipariş başarıyla oluşturuldu", "Siparişiniz alındı",
    "Pedido realizado com sucesso", "Pedido creado con éxito", "Заказ успешно создан", "Заказ принят",
    "سفارش با موفقیت ثبت شد", "تم إنشاء الطلب بنجاح", "تم استلام طلبك", "Đặt hàng thành công", "Tạo đơn hàng thành công",
    "Pesanan berhasil dibuat", "Pemesanan sukses", "success", "ok", "true", "Pending", "Processing", "In progress",
    "Yeterli bakiye var", "Saldo suficiente", "Saldo cukup", "Средств достаточно", "موجودی کافی است", "رصيدك كاف",
    "Số dư đủ", "There was an error processing your request. Please try again later", "Bir hata oluştu, tekrar deneyin",
    "Ocorreu um erro, tente novamente", "Ocurrió un error, intente de nuevo", "Произошла ошибка, попробуйте позже",
    "خطایی رخ داد، دوباره تلاش کنید", "حدث خطأ، حاول مرة أخرى", "Có lỗi xảy ra, vui lòng thử lại",
    "Terjadi kesalahan, silakan coba lagi",
)  # fmt: skip


def answered(body: Any, status: int = 200) -> Exchange:
    return Exchange(Request("add", {}), True, status, {}, json.dumps(body).encode())


@pytest.mark.parametrize(("reason", "text"), SAYINGS)
def test_each_is_understood_and_proves_what_it_says(reason: Reason, text: str) -> None:
    assert REFUSALS.reason([text]) is reason
    assert REFUSALS.proven([text]) is (None if reason is Reason.ORDER_UNKNOWN else reason)


@pytest.mark.parametrize(
    "text",
    [
        "You don&#039;t have enough funds",
        "You don&amp;#39;t have enough funds",
        "&quot;Saldo&nbsp;insuficiente&quot;",
    ],
)
def test_entities_of_html_are_the_characters_that_they_stand_for(text: str) -> None:
    assert isinstance(PANEL.read_add(answered({"error": text})), Refused)
    taken = f"{text}. Order&nbsp;accept&#101;d"
    assert isinstance(PANEL.read_add(answered({"error": taken})), Unanswered)


def test_every_language_has_every_reason() -> None:
    assert len(LANGUAGES) == 8
    for table in LANGUAGES.values():
        assert set(table) == set(Reason)


WAYS = (
    str.upper,
    str.title,
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: f"❌ {text}!",
    lambda text: f"Error: {text}.",
    lambda text: f"Hata: {text}",
    lambda text: text.replace(" ", "\u00a0"),
    lambda text: text.replace(" ", " \u200f "),
    lambda text: "\u200b".join(text),
    lambda text: text.replace("ی", "ي").replace("ک", "ك"),
    lambda text: text.replace("i", "ı"),
    lambda text: "".join(
        char for char in unicodedata.normalize("NFD", text) if unicodedata.category(char) != "Mn"
    ),
    lambda text: re.sub("[0-9]", lambda found: chr(0x6F0 + int(found[0])), text),
    lambda text: "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text),
)


@pytest.mark.parametrize("way", WAYS)
def test_it_does_not_matter_how_it_is_written(way: Any) -> None:
    assert [text for reason, text in SAYINGS if REFUSALS.reason([way(text)]) is not reason] == []


@pytest.mark.parametrize("text", TAKEN)
def test_one_that_goes_on_about_an_order_proves_nothing(text: str) -> None:
    assert REFUSALS.proven([text]) is None
    assert isinstance(PANEL.read_add(answered({"error": text})), Unanswered)


@pytest.mark.parametrize("text", ADVICE)
def test_a_refusal_may_say_what_to_do_about_it(text: str) -> None:
    assert REFUSALS.proven([text]) is not None


@pytest.mark.parametrize("text", SUCCESSES)
def test_no_success_and_no_passing_trouble_is_a_refusal(text: str) -> None:
    assert REFUSALS.reason([text]) is None
    for body in ({"error": text}, {"status": "error", "msg": text}, {"success": False, "message": text}):
        assert isinstance(PANEL.read_add(answered(body)), Unanswered)
    assert isinstance(PANEL.read_add(answered({"order": 5, "message": text})), Accepted)


names = st.sampled_from(["order", "order_id", "orderId", "id", "pedido", "siparis_id", "data"])
refused = st.sampled_from([text for reason, text in SAYINGS])
ids = st.one_of(st.integers(1, 10**12), st.from_regex(r"[a-z]{3}_[0-9A-Z]{6}", fullmatch=True))


@settings(max_examples=150, deadline=None)
@given(
    names,
    refused,
    ids,
    st.sampled_from([200, 201, 400, 402, 422]),
    st.sampled_from(["error", "errors", "msg"]),
)
def test_an_answer_that_holds_an_order_id_is_never_a_refusal(
    name: str, text: str, order_id: int | str, status: int, where: str
) -> None:
    held = {"order": order_id} if name == "data" else order_id
    answer = PANEL.read_add(answered({where: text, "status": "error", name: held}, status))
    assert not isinstance(answer, Refused)


@settings(max_examples=150, deadline=None)
@given(refused, st.sampled_from(SUCCESSES[:20]), st.sampled_from([". ", " - ", ", ", " "]))
def test_what_a_success_stands_before_is_never_a_refusal(text: str, success: str, between: str) -> None:
    assert REFUSALS.proven([success + between + text]) is None


def test_a_dialect_may_name_the_order_as_it_likes() -> None:
    dialect = custom("perfectpanel", {"fields": {"order": "bestellung"}})
    assert isinstance(
        dialect.read_add(answered({"error": "Saldo insuficiente", "bestellung": 7})), Unanswered
    )


def test_a_text_of_the_config_may_stand_for_any_figure() -> None:
    dialect = custom(
        "perfectpanel", {"refusals": {"input": ["Mindestens {number} Stück"], "funds": ["Fehler 102"]}}
    )
    assert isinstance(dialect.read_add(answered({"error": "mindestens 1.500 stück!"})), Refused)
    assert isinstance(dialect.read_add(answered({"error": "Mindestens ein Stück"})), Unanswered)
    assert isinstance(dialect.read_add(answered({"error": "Fehler 103"})), Unanswered)


def test_the_rows_are_written_so_that_they_can_match() -> None:
    for _reason, text in FAMILY:
        assert "  " not in text
        assert text.isascii() or not set(text) & set("[]{}\\^$*+.") - {"[", "]"}, text


@pytest.mark.parametrize(
    ("text", "proven"),
    [
        ("Not enough funds", Reason.FUNDS), ("Not enough funds, pesanan menunggu", None), ("Invalid link, pesanan menunggu", None),
        ("Order with this link already exists, pesanan lama", Reason.LINK_BUSY),
    ],
)  # fmt: skip
def test_only_a_busy_link_may_be_refused_with_words_about_an_order(text: str, proven: Reason | None) -> None:
    assert REFUSALS.proven([text]) is proven


@pytest.mark.parametrize(
    ("texts", "unlisted"),
    [
        (["Kontostand zu niedrig"], True), (["Not enough funds"], False), (["Order accepted"], False),
        (["Kontostand zu niedrig", "Not enough funds"], False), ([], True),
    ],
)  # fmt: skip
def test_words_are_unlisted_when_nothing_in_them_is_known(texts: list[str], unlisted: bool) -> None:
    assert REFUSALS.is_unlisted(texts) is unlisted
