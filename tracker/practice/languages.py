"""The refusals of the practice panel in the languages in which panels answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES: Mapping[str, Mapping[str, str]] = {
    "turkish": {
        "key": "Geçersiz API anahtarı", "service": "Servis bulunamadı", "link": "Geçersiz link",
        "comments": "Yorum alanı zorunludur", "minimum": "Minimum sipariş miktarı {limit}",
        "maximum": "Maksimum sipariş miktarı {limit}", "funds": "Yetersiz bakiye",
        "busy": "Bu link için aktif bir siparişiniz bulunmaktadır", "order": "Sipariş bulunamadı",
        "maintenance": "Sistem bakımdadır", "odd": "Tuhaf bir şey oldu", "archived": "Bu sipariş arşivlendi",
    },
    "portuguese": {
        "key": "Chave de API inválida", "service": "Serviço não encontrado", "link": "Link inválido",
        "comments": "Comentários obrigatórios", "minimum": "Quantidade mínima: {limit}",
        "maximum": "Quantidade máxima: {limit}", "funds": "Saldo insuficiente",
        "busy": "Já existe um pedido em andamento para este link", "order": "Pedido não encontrado",
        "maintenance": "O sistema está em manutenção", "odd": "Algo estranho aconteceu",
        "archived": "Este pedido foi arquivado",
    },
    "spanish": {
        "key": "Clave API incorrecta", "service": "El servicio no existe", "link": "Enlace inválido",
        "comments": "Comentarios requeridos", "minimum": "La cantidad mínima es {limit}",
        "maximum": "La cantidad máxima es {limit}", "funds": "Fondos insuficientes",
        "busy": "Ya tienes un pedido activo con este enlace", "order": "Pedido no encontrado",
        "maintenance": "El sitio está en mantenimiento", "odd": "Pasó algo raro",
        "archived": "Este pedido fue archivado",
    },
    "russian": {
        "key": "Неверный API-ключ", "service": "Услуга не найдена", "link": "Неверная ссылка",
        "comments": "Заполните все поля", "minimum": "Минимальное количество: {limit}",
        "maximum": "Максимальное количество: {limit}", "funds": "Недостаточно средств на балансе",
        "busy": "У вас уже есть активный заказ с этой ссылкой", "order": "Заказ не найден",
        "maintenance": "На сайте ведутся технические работы", "odd": "Случилось что-то странное",
        "archived": "Этот заказ в архиве",
    },
    "persian": {
        "key": "کلید API نامعتبر است", "service": "سرویس مورد نظر یافت نشد", "link": "لینک نامعتبر است",
        "comments": "تعداد الزامی است", "minimum": "حداقل تعداد {limit}", "maximum": "حداکثر تعداد {limit}",
        "funds": "موجودی حساب شما کافی نمی‌باشد", "busy": "شما یک سفارش فعال با این لینک دارید",
        "order": "سفارش یافت نشد", "maintenance": "سایت در حال بروزرسانی است", "odd": "اتفاق عجیبی افتاد",
        "archived": "این سفارش بایگانی شده است",
    },
    "arabic": {
        "key": "مفتاح API غير صحيح", "service": "الخدمة غير موجودة", "link": "الرابط غير صحيح",
        "comments": "الكمية مطلوبة", "minimum": "الكمية أقل من {limit}", "maximum": "الكمية أكبر من {limit}",
        "funds": "رصيدك غير كافٍ", "busy": "لديك طلب نشط على هذا الرابط", "order": "الطلب غير موجود",
        "maintenance": "الموقع تحت الصيانة", "odd": "حدث شيء غريب", "archived": "هذا الطلب مؤرشف",
    },
    "vietnamese": {
        "key": "API key không hợp lệ", "service": "Dịch vụ không tồn tại", "link": "Link không hợp lệ",
        "comments": "Bình luận không được để trống", "minimum": "Số lượng tối thiểu {limit}",
        "maximum": "Số lượng tối đa {limit}", "funds": "Số dư không đủ",
        "busy": "Bạn đang có đơn hàng đang chạy với link này", "order": "Đơn hàng không tồn tại",
        "maintenance": "Hệ thống đang bảo trì!", "odd": "Có gì đó lạ", "archived": "Đơn này đã được lưu trữ",
    },
    "indonesian": {
        "key": "API Key salah", "service": "Layanan tidak ditemukan", "link": "Link tidak valid",
        "comments": "Komentar wajib diisi", "minimum": "Jumlah pesanan minimal {limit}",
        "maximum": "Jumlah pesanan maksimal {limit}", "funds": "Saldo Anda tidak mencukupi",
        "busy": "Masih terdapat pesanan aktif dengan target yang sama", "order": "Pesanan tidak ditemukan",
        "maintenance": "Sistem sedang maintenance", "odd": "Ada yang aneh", "archived": "Pesanan ini diarsipkan",
    },
}  # fmt: skip
"""By language and kind of refusal (`validation.TEXTS`); what is left out stays English. `odd` and `archived` are words
that no dialect of tracker lists."""
