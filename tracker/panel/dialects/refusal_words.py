"""The refusals of panels in other languages than English: a table of language and reason. Pure.

To add one, write it as panels do: case, accents, Arabic and Persian keyboards and invisible characters make no
difference (`spelling.py`). `(a|b)` is a choice, `?` makes what is before it optional, and nothing else is special. A
message must begin with the text, and go on with a new word if at all.

DANGER: what stands here proves that an order was NOT taken, and some of these orders are sent again automatically. Add
only what says that, and nothing that a panel may also say of an order that it holds until it is paid, that its own
supplier refused, or that failed on the way ("an error occurred, try again later").
"""

from __future__ import annotations

from collections.abc import Mapping

from tracker.orders.answers import Reason

Table = Mapping[Reason, tuple[str, ...]]

TURKISH: Table = {
    Reason.ACCOUNT: (
        "(geçersiz|yanlış|hatalı) (api( key| anahtarı)|anahtar)",
        "api( key| anahtarı| anahtarınız) (geçersiz|yanlış|hatalı|bulunamadı)",
        "hesabınız (aktif değil|askıya alınmış|askıya alındı|engellenmiş|engellendi|pasif|yasaklandı)",
        "kullanıcı bulunamadı",
    ),
    Reason.FUNDS: (
        "yetersiz bakiye",
        "(bu (işlem|sipariş) için )?(hesap )?bakiye(niz)? (yetersiz(dir)?|yeterli değil(dir)?)",
        "(bu (işlem|sipariş) için )?(hesabınızda )?yeterli (bakiye(niz)?|para) "
        "(yok|yoktur|bulunmuyor|bulunmamaktadır|mevcut değil)",
        "yeterli bakiyeye sahip değilsiniz",
    ),
    Reason.RATE: ("çok fazla (istek|deneme)( gönderdiniz| yaptınız)?", "istek (limiti|sınırı) aşıldı"),
    Reason.LINK_BUSY: (
        "(bu|aynı|girdiğiniz|girilen) (link|bağlantı|url)(e|te)?( için| ile| ait)? (zaten )?(aktif|devam eden|"
        "bekleyen) (bir )?sipariş(iniz)? "
        "(zaten )?(var|mevcut|bulunuyor|bulunmaktadır)",
    ),
    Reason.PASSING: (
        "(sistem|site|sitemiz|panel|servis|api|sunucu) (şu anda )?(bakımda(dır)?|bakım modunda(dır)?)",
        "bakım (modu|çalışması)",
        "(şu anda )?bakımdayız",
        "(servis|hizmet) geçici olarak (kapalı|devre dışı|kapatıldı)",
    ),
    Reason.SERVICE: (
        "(geçersiz|hatalı|yanlış) (servis|hizmet)( id(si)?| numarası)?",
        "(servis|hizmet)( id(si)?)? (bulunamadı|aktif değil|pasif|devre dışı|mevcut değil|geçersiz|hatalı)",
    ),
    Reason.ORDER_UNKNOWN: (
        "sipariş( id(si)?| numarası)? (bulunamadı|geçersiz|hatalı|mevcut değil)",
        "(geçersiz|hatalı|yanlış) sipariş( id(si)?| numarası)?",
    ),
    Reason.INPUT: (
        "(geçersiz|hatalı|yanlış) (link|bağlantı|url|miktar|adet|kullanıcı adı)",
        "(link|bağlantı|url|miktar|adet|kullanıcı adı|yorum)( alanı)? "
        "(geçersiz|hatalı|boş|boş bırakılamaz|boş olamaz|gerekli(dir)?|zorunlu(dur)?)",
        "(minimum|min|maksimum|max|en az|en fazla) (sipariş )?(miktar(ı)?|adet|adedi)",
        "(girdiğiniz |girilen |sipariş )?(miktar(ı)?|adet|adedi) "
        "(minimumdan|minimum miktardan|maksimumdan|maksimum miktardan|çok) (az|küçük|düşük|fazla|büyük|yüksek)"
        "( olamaz)?",
        "(sipariş )?(miktar(ı)?|adet|adedi) (en az|en fazla|minimum|maksimum)",
        "(lütfen )?geçerli bir (link|bağlantı|url|miktar|adet|kullanıcı adı) (girin|giriniz|yazın|yazınız)",
    ),
}

PORTUGUESE: Table = {
    Reason.ACCOUNT: (
        "(chave|chave (da|de) api|chave api|api key|api) (inválida|incorreta|errada|não encontrada)",
        "(sua |a )?conta (está |foi )?(inativa|suspensa|bloqueada|desativada|banida)",
        "usuário (não encontrado|inativo|bloqueado|suspenso)",
        "não autorizado",
    ),
    Reason.FUNDS: (
        # It begins as in Spanish, whose row is tried later: it goes on as there too.
        "(seu )?saldo (é )?insuficiente( para (realizar |fazer |hacer )?(o|este|esse|el|la|esta) (pedido|orden))?",
        "(seu )?saldo não é suficiente( para (realizar |fazer )?(o|este|esse) pedido)?",
        "sem saldo suficiente",
        "(você )?não (tem|possui|há) (saldo|fundos|créditos)( suficientes?)?",
        "(fundos|créditos) insuficientes",
    ),
    Reason.RATE: (
        "muitas (solicitações|requisições|tentativas)",
        "limite de (requisições|solicitações) (excedido|atingido)",
    ),
    Reason.LINK_BUSY: (
        "(você )?(já )?(existe|possui|tem|há) um pedido (ativo|em andamento|pendente) "
        "(para|com|neste|nesse) ?(este |esse |o mesmo )?(link|url)",
        "link duplicado",
    ),
    Reason.PASSING: (
        "(o |a )?(sistema|site|painel|servidor|api|serviço) (está )?em manutenção",
        "(estamos )?em manutenção",
        "serviço temporariamente desativado",
    ),
    Reason.SERVICE: (
        "(o |este |esse )?serviço (é |está |foi )?"
        "(inválido|incorreto|inexistente|inativo|desativado|não encontrado|não existe)",
        "id (do|de) serviço (inválido|incorreto|não encontrado)",
    ),
    Reason.ORDER_UNKNOWN: (
        "pedido (não encontrado|não existe|inválido|incorreto)",
        "(id|número) (do|de) pedido (inválido|incorreto|não encontrado)",
    ),
    Reason.INPUT: (
        "(o |a )?(link|url|quantidade|comentários?) (é |está |são )?"
        "(inválid(o|a)|incorret(o|a)|obrigatóri(o|a)s?|vazi(o|a))",
        "(a )?quantidade (mínima|máxima)",
        "(a )?quantidade (é |está |deve ser |deve estar )?(menor|inferior|maior|superior|entre|abaixo|acima)",
        "pedido (mínimo|máximo)",
        "todos os campos são obrigatórios",
        "preencha todos os campos( obrigatórios)?",
    ),
}

SPANISH: Table = {
    Reason.ACCOUNT: (
        "(clave|llave)( de)?( la)? api (inválida|incorrecta|no válida|errónea)",
        "(api key|api|clave) (inválida|incorrecta|no válida)",
        "(su |tu |la )?cuenta (está |ha sido |fue )?(inactiva|suspendida|bloqueada|desactivada|deshabilitada)",
        "usuario (no encontrado|inactivo|bloqueado|suspendido)",
    ),
    Reason.FUNDS: (
        "(su |tu |el )?(saldo|balance) (es )?insuficiente( para (realizar |hacer )?(el|este|la|esta) (pedido|orden))?",
        "(su |tu |el )?saldo no es suficiente",
        "(fondos|créditos) insuficientes",
        "(crédito|dinero) insuficiente",
        "(usted )?(sin|no (tiene|tienes|hay|dispone de|posee|cuenta con|cuentas con)) "
        "(suficiente saldo|saldo suficiente|suficientes fondos|fondos suficientes)"
        "( para (realizar |hacer )?(el|este|la|esta) (pedido|orden))?",
    ),
    Reason.RATE: (
        "demasiadas (solicitudes|peticiones)",
        "límite de (solicitudes|peticiones) (excedido|alcanzado|superado)",
    ),
    Reason.LINK_BUSY: (
        "(usted )?(ya )?(existe|tienes|tiene|hay) (ya )?(un pedido|una orden) (activo|activa|en curso|pendiente|en "
        "proceso) "
        "(con|para|en) (este|ese|el mismo) (enlace|link|url)",
        "(enlace|link) duplicado",
    ),
    Reason.PASSING: (
        "(el |la |nuestro )?(sistema|sitio|panel|servidor|api|servicio) (está )?en mantenimiento",
        "(estamos )?en mantenimiento",
        "servicio temporalmente (desactivado|deshabilitado)",
    ),
    Reason.SERVICE: (
        "(el |este )?servicio (es |está )?(inválido|incorrecto|no válido|inexistente|inactivo|desactivado|"
        "deshabilitado|"
        "no encontrado|no existe)",
        "(el )?id (de|del) servicio (inválido|incorrecto|no válido|no existe)",
    ),
    Reason.ORDER_UNKNOWN: (
        "(el )?pedido (no encontrado|no existe|inválido|incorrecto)",
        "(la )?orden (no encontrada|no existe|inválida|incorrecta)",
        "(id|número) (de|del|de la) (pedido|orden) (inválido|incorrecto|no válido|no encontrado)",
    ),
    Reason.INPUT: (
        "(el |la )?(enlace|link|url|cantidad|comentarios?) (es |son |está )?"
        "(inválid(o|a)|incorrect(o|a)|no válid(o|a)|obligatori(o|a)s?|requerid(o|a)s?|vací(o|a))",
        "(el |la )?(enlace|link|url|cantidad) no (es|son) válid(o|a)s?",
        "(la )?cantidad (mínima|máxima)",
        "(la )?cantidad (es |está |debe ser |debe estar )?(menor|inferior|mayor|superior|entre|por debajo|por encima)",
        "pedido (mínimo|máximo)",
        "todos los campos son (obligatorios|requeridos)",
    ),
}

RUSSIAN: Table = {
    Reason.ACCOUNT: (
        "(неверный|неправильный|недействительный|некорректный) (api[ -]?ключ|api[ -]?key|ключ( api)?)",
        "(api[ -]?)?ключ (api )?(неверен|неверный|недействителен|не найден)",
        "(ваш )?аккаунт (заблокирован|неактивен|не активен|отключен|приостановлен)",
        "пользователь не найден",
    ),
    Reason.FUNDS: (
        "(у вас )?(недостаточно|не достаточно) (средств|денег)( на (вашем )?(балансе|счете|счету))?"
        "( для (создания|оформления|размещения) заказа)?",
        "на (вашем )?(балансе|счете|счету) (недостаточно|не достаточно) (средств|денег)",
        "не хватает (средств|денег)( на балансе)?",
        "недостаточный баланс",
    ),
    Reason.RATE: (
        "слишком много (запросов|попыток)",
        "(превышен|достигнут) лимит запросов",
        "лимит запросов (превышен|исчерпан)",
        "слишком частые запросы",
    ),
    Reason.LINK_BUSY: (
        "(у вас )?(уже )?(есть|существует|имеется) (уже )?(активный|незавершенный|похожий) заказ "
        "(с этой|на эту|по этой|для этой|на данную|с данной) (ссылкой|ссылку|ссылке|ссылки)",
        "заказ (с этой|с такой|на эту|на такую|по этой) (ссылкой|ссылку|ссылке) уже (существует|выполняется|есть|в "
        "работе)",
        "(с этой|на эту|по этой) (ссылкой|ссылку|ссылке) уже (есть|существует|имеется|выполняется) "
        "((активный|незавершенный) )?заказ",
        "(ссылка дублируется|дубликат ссылки)",
    ),
    Reason.PASSING: (
        "(сайт|сервис|система|панель|сервер) (временно )?(находится )?на (техническом )?обслуживании",
        "(на сайте |на сервере )?((ведутся|проводятся|идут) )?технические работы",
        "техническое обслуживание",
        "(услуга|сервис) временно (отключена|отключен|приостановлена|приостановлен)",
    ),
    Reason.SERVICE: (
        "(данная |данный |эта |этот |такая )?(услуга|сервис) (не найдена|не найден|не существует|неактивна|не "
        "активна|неактивен|отключена|отключен)",
        "(неверный|неправильный|некорректный) (id|идентификатор|номер) (услуги|сервиса)",
        "(неверная услуга|неправильная услуга|неверный сервис|неправильный сервис)",
        "такой услуги (нет|не существует)",
    ),
    Reason.ORDER_UNKNOWN: (
        "заказ( с таким (id|номером))? не (найден|существует)",
        "(неверный|неправильный|некорректный) (id|идентификатор|номер) заказа",
        "такого заказа (нет|не существует)",
    ),
    Reason.INPUT: (
        "(неверная|неправильная|некорректная|недействительная) ссылка",
        "ссылка (неверная|недействительна|некорректна|не указана|обязательна|указана неверно)",
        "(неверный|неправильный|некорректный) (url|формат (ссылки|url))",
        "(укажите|введите) (ссылку|количество)",
        "(вы указали )?(неверное|неправильное|некорректное|недопустимое) количество",
        "количество (меньше|ниже|больше|выше) (минимального|минимума|максимального|максимума|минимально|максимально)",
        "(минимальное|максимальное) количество( для заказа| заказа)?",
        "(минимальный|максимальный) заказ",
        "количество должно быть",
        "заполните все( обязательные)? поля",
    ),
}

PERSIAN: Table = {
    Reason.ACCOUNT: (
        "(کلید )?api (نامعتبر|اشتباه|نادرست)( است)?",
        "کلید (api |وب سرویس )?(نامعتبر|اشتباه|نادرست)( است)?",
        "حساب (کاربری )?(شما )?(غیرفعال|غیر فعال|مسدود|معلق)( است| شده است| شده)?",
        "کاربر یافت نشد",
        "توکن (نامعتبر|اشتباه|نادرست)( است)?",
    ),
    Reason.FUNDS: (
        "عدم موجودی کافی",
        "(شما )?(موجودی|اعتبار) کافی (ندارید|ندارد)",
        "(موجودی|اعتبار) (حساب |کیف پول )?(شما )?کم (است|می باشد)",
        "(موجودی|اعتبار) (حساب |کیف پول )?(شما )?کافی (نیست|نمی باشد)",
        "(موجودی|اعتبار) (حساب )?(شما )?ناکافی( است)?",
    ),
    Reason.RATE: ("(تعداد )?درخواست( ها| های شما)? بیش از حد( مجاز)?",),
    Reason.LINK_BUSY: (
        "(شما )?(یک )?سفارش (فعال|در حال انجام|ناتمام) (با|برای) این لینک (دارید|وجود دارد)",
        "این لینک (یک )?سفارش (فعال|در حال انجام|ناتمام) دارد",
        "(شما )?(برای|با) این لینک (یک )?سفارش (فعال|در حال انجام|ناتمام) (دارید|وجود دارد)",
        "لینک تکراری( است)?",
    ),
    Reason.PASSING: (
        "(سایت|سیستم|پنل|سرور|سرویس) (در حال|در دست) (تعمیر|تعمیرات|بروزرسانی|به روز رسانی)",
        "سرویس (به طور )?موقت(ا)? (غیرفعال|غیر فعال)( است| شده است| شده)?",
    ),
    Reason.SERVICE: (
        "سرویس (مورد نظر )?(یافت نشد|پیدا نشد|وجود ندارد)",
        "سرویس (مورد نظر )?(غیرفعال|غیر فعال|نامعتبر)( است| شده است| می باشد)?",
        "(شناسه|آیدی|کد) سرویس (نامعتبر|اشتباه|نادرست)( است)?",
    ),
    Reason.ORDER_UNKNOWN: (
        "سفارش (مورد نظر |شما )?(یافت نشد|پیدا نشد|وجود ندارد)",
        "سفارشی (با این شناسه |با این شماره )?(یافت نشد|پیدا نشد|وجود ندارد)",
        "(شناسه|شماره|آیدی|کد) سفارش (نامعتبر|اشتباه|نادرست|یافت نشد)( است)?",
    ),
    Reason.INPUT: (
        "(لینک|آدرس|تعداد|مقدار|نام کاربری) (وارد شده )?"
        "(نامعتبر|اشتباه|نادرست|صحیح نیست|صحیح نمی باشد|معتبر نیست|معتبر نمی باشد|الزامی)( است)?",
        "(تعداد|مقدار) (وارد شده )?(کمتر|بیشتر) از (حداقل|حداکثر|حد مجاز)",
        "(حداقل|حداکثر) (تعداد|مقدار|سفارش)( سفارش)?",
        "(تعداد|مقدار) باید (بین|بیشتر از|کمتر از|حداقل|حداکثر)",
        "(لطفا )?(لینک|آدرس|تعداد) را وارد (کنید|نمایید)",
    ),
}

ARABIC: Table = {
    Reason.ACCOUNT: (
        "مفتاح (ال )?(api|الواجهة) (غير صحيح|غير صالح|خاطئ)",
        "(المفتاح|مفتاح|api key) (غير صحيح|غير صالح|خاطئ)",
        "تم (ايقاف|إيقاف|حظر|تعليق) (حسابك|الحساب)",
        "(الحساب|حسابك) (معطل|محظور|موقوف|غير نشط|غير مفعل|معلق)",
        "المستخدم غير موجود",
    ),
    Reason.FUNDS: (
        "(رصيدك|الرصيد|رصيد حسابك) (الحالي )?(غير (كاف|كافي)|لا يكفي)( (لإتمام|لتنفيذ|لإنشاء) (هذا )?الطلب)?",
        "رصيد غير (كاف|كافي)",
        "(لا يوجد لديك|ليس لديك|لا يوجد|لا تملك) (رصيد (كاف|كافي)|رصيدا كافيا|(أموال|نقود) كافية)",
    ),
    Reason.RATE: ("طلبات كثيرة( جدا)?", "تم تجاوز (حد|عدد|الحد المسموح من|الحد المسموح به من) الطلبات"),
    Reason.LINK_BUSY: (
        "(لديك|يوجد|هناك) (بالفعل )?طلب (نشط|قائم|قيد التنفيذ) (بالفعل )?(على|لهذا|بهذا|لنفس) (هذا |نفس )?(الرابط)",
        "(الرابط|رابط) مكرر",
    ),
    Reason.PASSING: (
        "(الموقع|النظام|اللوحة|الخدمة|السيرفر|الخادم) (قيد|تحت) الصيانة",
        "(قيد|تحت) الصيانة",
        "الخدمة (معطلة|متوقفة) مؤقتا",
    ),
    Reason.SERVICE: (
        "(هذه )?(الخدمة|خدمة) (غير موجودة|غير صحيحة|غير صالحة|معطلة|غير مفعلة|غير نشطة)",
        "(رقم|معرف) الخدمة (غير صحيح|غير صالح|خاطئ|غير موجود)",
    ),
    Reason.ORDER_UNKNOWN: (
        "(الطلب|طلب) غير موجود",
        "(رقم|معرف) الطلب (غير صحيح|غير صالح|خاطئ|غير موجود)",
        "لم يتم العثور على الطلب",
    ),
    Reason.INPUT: (
        "(الرابط|رابط) (غير صحيح|غير صالح|خاطئ|مطلوب|فارغ)",
        "(الكمية|كمية) (غير صحيحة|غير صالحة|مطلوبة|أقل من|أكبر من|أكثر من)",
        "(الحد الأدنى|الحد الأقصى) (للكمية|للطلب|هو)",
        "(أقل|أكبر|أقصى) كمية",
        "(الكمية يجب أن تكون|يجب أن تكون الكمية)",
        "(يرجى|الرجاء|برجاء) (إدخال|كتابة) (الرابط|رابط|الكمية)",
    ),
}

VIETNAMESE: Table = {
    Reason.ACCOUNT: (
        "(api ?key|khóa api|mã api|api|key|token) (không hợp lệ|không đúng|không chính xác|sai|không tồn tại)",
        "sai api ?key",
        "tài khoản (của bạn )?(đã )?(bị khóa|bị cấm|bị vô hiệu hóa)",
    ),
    Reason.FUNDS: (
        "số dư (tài khoản |của bạn |trong tài khoản )?không đủ",
        "(tài khoản )?(của bạn |bạn )?không (có )?đủ (số dư|tiền)",
    ),
    Reason.RATE: (
        "quá nhiều (yêu cầu|request)",
        "(bạn )?thao tác quá nhanh",
        "vượt quá giới hạn (yêu cầu|tần suất)",
    ),
    Reason.LINK_BUSY: (
        "(bạn )?(đang |đã )?có (một )?đơn (hàng )?(đang chạy|đang hoạt động|chưa hoàn thành) "
        "(với|cho|trên) (link|liên kết|đường dẫn) này",
        "(đang |đã )?có (một )?đơn (hàng )?(với|cho|trên) (link|liên kết|đường dẫn) này đang chạy",
        "(link|liên kết|đường dẫn) (này )?(đang|đã) có đơn( hàng)?( đang chạy| chưa hoàn thành)?",
    ),
    Reason.PASSING: (
        "(hệ thống|trang web|website|máy chủ|dịch vụ|server) (này )?(đang )?(được )?bảo trì",
        "đang bảo trì",
        "dịch vụ (này )?(đang )?(tạm ngưng|tạm dừng)",
    ),
    Reason.SERVICE: (
        "dịch vụ (này )?(không tồn tại|không hợp lệ|đã tắt|đã bị tắt|không hoạt động|ngừng hoạt động)",
        "(id|mã) dịch vụ (không hợp lệ|không đúng|không tồn tại|sai)",
        "không tìm thấy dịch vụ",
    ),
    Reason.ORDER_UNKNOWN: (
        "(đơn hàng|mã đơn( hàng)?|id đơn( hàng)?) (này )?(không tồn tại|không hợp lệ|không đúng|không tìm thấy)",
        "không tìm thấy đơn( hàng)?",
    ),
    Reason.INPUT: (
        "(link|liên kết|đường dẫn|url|số lượng|bình luận) "
        "(không hợp lệ|không đúng|không được để trống|bị trống|là bắt buộc)",
        "(số lượng (mua|đặt) )?(tối thiểu|tối đa)",
        "số lượng (tối thiểu|tối đa|quá nhỏ|quá lớn|nhỏ hơn|lớn hơn|ít hơn|phải|nằm trong khoảng)",
        "vui lòng (nhập|điền) (đầy đủ|link|số lượng)",
    ),
}

INDONESIAN: Table = {
    Reason.ACCOUNT: (
        "(api ?key|kunci api) (anda )?(salah|tidak valid|tidak ditemukan|tidak sesuai|tidak terdaftar|tidak aktif)",
        "(alamat )?ip (anda )?tidak (diizinkan|sesuai|terdaftar|valid)",
        "akun (anda )?(tidak aktif|di ?nonaktifkan|diblokir|ditangguhkan|dibekukan)",
        "(user|pengguna) tidak ditemukan",
    ),
    Reason.FUNDS: (
        "(sisa )?saldo (anda |akun anda )?(tidak|belum) (cukup|mencukupi)",
        "saldo (anda )?kurang",
    ),
    Reason.RATE: ("terlalu banyak (permintaan|request|percobaan)", "batas (permintaan|request) terlampaui"),
    Reason.LINK_BUSY: (
        "(anda )?(masih )?(memiliki|ada|mempunyai|terdapat) (pesanan|order|orderan) "
        "(aktif |yang belum selesai |yang masih berjalan |yang sedang berjalan )?"
        "(dengan|di|untuk|pada) (link|target|tautan) (ini|yang sama|tersebut)"
        "( (&|dan) berstatus pending( ?/ ?processing)?)?",
        "(pesanan|order|orderan) (sebelumnya )?dengan (link|target|tautan) (ini|yang sama|tersebut) "
        "(masih berjalan|sedang berjalan|belum selesai)",
    ),
    Reason.PASSING: (
        "(sistem|website|situs|server|panel|layanan) (ini )?(sedang )?(dalam )?(maintenance|pemeliharaan|perbaikan)",
        "sedang (dalam )?(maintenance|pemeliharaan|perbaikan)",
    ),
    Reason.SERVICE: (
        "(id )?(layanan|service) (ini )?(tidak ada|tidak tersedia|tidak ditemukan|tidak aktif|tidak valid|"
        "dinonaktifkan|salah)",
    ),
    Reason.ORDER_UNKNOWN: (
        "(data )?(pesanan|order|orderan|id pesanan|id order) (tidak ditemukan|tidak ada|tidak valid|salah)",
    ),
    Reason.INPUT: (
        "(link|target|tautan|url|jumlah|komentar|username|data) "
        "(tidak valid|tidak boleh kosong|salah|kosong|harus diisi|wajib diisi|tidak sesuai)",
        "jumlah (pesan |pesanan |pemesanan |order )?(minimal|maksimal|minimum|maksimum|kurang dari|melebihi)",
        "(minimal|maksimal|minimum|maksimum) (pemesanan|pesanan|order|pembelian|jumlah)",
        "(permintaan|parameter) tidak (sesuai|lengkap|valid)",
    ),
}

LANGUAGES: Mapping[str, Table] = {
    "Turkish": TURKISH,
    "Portuguese": PORTUGUESE,
    "Spanish": SPANISH,
    "Russian": RUSSIAN,
    "Persian": PERSIAN,
    "Arabic": ARABIC,
    "Vietnamese": VIETNAMESE,
    "Indonesian": INDONESIAN,
}
