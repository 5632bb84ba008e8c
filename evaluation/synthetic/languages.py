"""Words, labels and number forms of the languages that are written, all in Latin script."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """One language.

    Attributes:
        words: frequent words, lower case.
        labels: what documents print before a field, by the field's name; several ways each.
        cities, streets, surnames, forenames: for addresses and names.
        companies: what stands behind a company's name.
        goods: what receipts and invoices list.
        months: names of the months.
        street_form: with {street} and {number}.
        decimal, thousands: separators of numbers.
        dates: strftime-like forms with {d} {m} {y} (padded), {month} (name), {day} (not padded).
        currency: symbol, ISO code.
    """

    code: str
    words: tuple[str, ...]
    labels: dict[str, tuple[str, ...]]
    cities: tuple[str, ...]
    streets: tuple[str, ...]
    surnames: tuple[str, ...]
    forenames: tuple[str, ...]
    companies: tuple[str, ...]
    goods: tuple[str, ...]
    months: tuple[str, ...]
    street_form: str
    decimal: str
    thousands: str
    dates: tuple[str, ...]
    currency: tuple[str, str]


FIELDS = (
    "receipt number|date|time|total|subtotal|tax|cash|change|phone|invoice|invoice number|due date|customer number|"
    "from|to|description|quantity|unit price|amount|iban|subject|dear|regards|name|surname|birth date|address|city|"
    "signature|thanks"
).split("|")


def _language(
    code: str,
    labels: str,
    words: str,
    goods: str,
    cities: str,
    streets: str,
    surnames: str,
    forenames: str,
    companies: str,
    months: str,
    form: str,
    numbers: str,
    dates: str,
    currency: str,
) -> Language:
    ways = [tuple(entry.split("/")) for entry in labels.split("|")]
    symbol, _, iso = currency.partition(" ")
    return Language(
        code=code,
        words=tuple(words.split()),
        labels=dict(zip(FIELDS, ways, strict=True)),
        cities=tuple(cities.split("|")),
        streets=tuple(streets.split("|")),
        surnames=tuple(surnames.split()),
        forenames=tuple(forenames.split()),
        companies=tuple(companies.split("|")),
        goods=tuple(goods.split("|")),
        months=tuple(months.split()),
        street_form=form,
        decimal=numbers[0],
        thousands=numbers[1],
        dates=tuple(dates.split("|")),
        currency=(symbol, iso),
    )


_DOTTED, _SLASHED = "{d}.{m}.{y}|{day}. {month} {y}|{y}-{m}-{d}", "{d}/{m}/{y}|{day} {month} {y}|{d}-{m}-{y}"

LANGUAGES = (
    _language(
        "en",
        "Receipt No/Bill No/Invoice/Check|Date|Time|Total/TOTAL/Total Amount/Grand Total|Subtotal/Sub Total/Net|"
        "Tax/VAT/GST/Sales Tax|Cash/CASH/Card|Change|Tel/Phone|Invoice/INVOICE/Tax Invoice|Invoice No/Invoice Number/"
        "Invoice #|Due Date/Payment due|Customer No/Account No|From/Seller|Bill to/To/Sold to|Description/Item|Qty/"
        "Quantity|Unit Price/Price|Amount/Total|IBAN|Subject/Re|Dear Sir or Madam,/Dear customer,/Hello,|Kind regards,/"
        "Yours sincerely,|First name|Surname/Last name|Date of birth|Address|City/Town|Signature|Thank you/"
        "Please come again/Thank you for your visit",
        "the of and to in is that for it as was with be by on not he his but at are this have from or had an they which one you "
        "were her all she there would their we him been has when who will more no if out so said what up its about into than them "
        "can only other new some could time these two may then do first any my now such like our over man me even most made after "
        "also did many before must through years where much your way well down should because each just those people how too "
        "little state good very make world still own see men work long get here between both life being under never day same "
        "another know while last might us great old year off come since against go came right used take three order payment "
        "delivery service contract account number please contact office report company market office quality district",
        "Coffee|Green Tea|Orange Juice|Whole Milk|Brown Bread|Butter|Cheddar|Tomatoes|Chicken Rice|Fried Noodles|Office Chair|"
        "Printer Paper A4|Ink Cartridge|USB Cable 2m|Desk Lamp|Consulting|Hosting|Installation|Screws 5x40|Paint White|Delivery|"
        "Notebook|Ball Pen Blue|Battery AA|Shampoo|Fish and Chips|Mineral Water|Apples 1kg|Bananas|Olive Oil",
        "London|Leeds|Bristol|Chester|Boston|Austin|Portland|Dublin|Cork|Perth|Auckland|Springfield",
        "High Street|Station Road|Mill Lane|Church Road|Park Avenue|Victoria Road|Queens Drive|Oak Street|Market Square",
        "Smith Jones Taylor Brown Wilson Evans Walker Wright Harris Clarke Morgan Baker Turner Cooper Ward Hughes",
        "James Mary John Emma Oliver Sarah Daniel Lucy Peter Alice Henry Grace Thomas Ruth",
        "Ltd|Inc.|LLC|& Sons|Trading|Stores|Restaurant|Supplies|plc|Group",
        "January February March April May June July August September October November December",
        "{number} {street}",
        ".,",
        "{d}/{m}/{y}|{month} {day}, {y}|{day} {month} {y}|{y}-{m}-{d}|{m}/{d}/{y}",
        "$ USD",
    ),
    _language(
        "de",
        "Bon-Nr./Beleg-Nr./Rechnung|Datum|Uhrzeit/Zeit|Summe/Gesamt/SUMME EUR/Zu zahlen|Zwischensumme/Netto|MwSt/USt 19%/"
        "Mehrwertsteuer|Bar/BAR/Gegeben|Rückgeld/Zurück|Tel./Telefon|Rechnung/RECHNUNG|Rechnungsnummer/Rechnung Nr./"
        "Rechnungs-Nr.|Fällig am/Zahlbar bis|Kundennummer/Kunden-Nr.|Von/Verkäufer|An/Käufer/Rechnung an|Beschreibung/Bezeichnung/"
        "Artikel|Menge/Anz.|Einzelpreis/Preis|Betrag/Gesamt|IBAN|Betreff|Sehr geehrte Damen und Herren,/Guten Tag,|"
        "Mit freundlichen Grüßen/Freundliche Grüße|Vorname|Nachname/Name|Geburtsdatum|Anschrift/Straße|Ort/Wohnort|"
        "Unterschrift|Vielen Dank für Ihren Einkauf/Auf Wiedersehen/Danke",
        "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie "
        "nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch man "
        "sein wurde sei prozent hatte kann gegen vom können schon wenn habe seine mark ihre dann unter wir soll ich eines jahr "
        "zwei jahren diese dieser wieder keine seiner worden will zwischen immer millionen was sagte größe straße müssen "
        "für über später möglich gegenüber während schließlich gemäß Lieferung Zahlung Vertrag Leistung Kunde Bestellung Auftrag "
        "Bericht Prüfung Änderung Übersicht Gebühr Betrieb Anlage Verwaltung",
        "Kaffee|Brötchen|Vollmilch 3,5%|Butter|Käse Gouda|Tomaten|Äpfel 1kg|Mineralwasser|Bürostuhl|Kopierpapier A4|Druckerpatrone|"
        "Beratung|Wartung|Montage|Schrauben 4x30|Farbe Weiß|Versandkosten|Notizbuch|Batterien AA|Seife|Currywurst|Müsli|Öl 1l|Süßwaren",
        "Berlin|Hamburg|München|Köln|Düsseldorf|Würzburg|Göttingen|Leipzig|Lübeck|Nürnberg|Kassel|Fürth",
        "Hauptstraße|Bahnhofstraße|Gartenweg|Schulstraße|Lindenallee|Mühlweg|Goethestraße|Am Markt|Rosenweg",
        "Müller Schmidt Schneider Fischer Weber Wagner Becker Schäfer Koch Bauer Krüger Jäger Böhm Groß Franke",
        "Anna Lukas Sofia Jürgen Käthe Max Paul Greta Günther Heike Björn Uwe Petra",
        "GmbH|AG|KG|e.K.|GmbH & Co. KG|Handels GmbH|OHG|UG",
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "{street} {number}",
        ",.",
        _DOTTED,
        "€ EUR",
    ),
    _language(
        "fr",
        "Ticket n°/Reçu n°|Date|Heure|Total/TOTAL TTC/Montant total|Sous-total/Total HT|TVA/TVA 20%|Espèces/Carte|Rendu/Monnaie|"
        "Tél./Téléphone|Facture/FACTURE|Facture n°/Numéro de facture/N° de facture|Échéance/Date d'échéance|N° client/Client n°|"
        "De/Vendeur|À/Client/Facturé à|Désignation/Description|Qté/Quantité|Prix unitaire/P.U. HT|Montant/Total HT|IBAN|Objet|"
        "Madame, Monsieur,/Bonjour,|Cordialement,/Salutations distinguées|Prénom|Nom|Date de naissance|Adresse|Ville|Signature|"
        "Merci de votre visite/Merci et à bientôt",
        "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec ou son lui nous "
        "comme mais ont cette aux leur bien peut ces tout fait deux même ses elle été aussi entre sans autre après avant très "
        "année première où être là déjà à côté français société marché prix service livraison paiement contrat numéro client "
        "commande rapport bureau qualité intérêt élève fenêtre hôtel garçon façon leçon œuvre pièce règle système créé âge dépôt",
        "Café|Thé vert|Baguette|Croissant|Lait entier|Fromage|Tomates|Pommes 1kg|Eau minérale|Chaise de bureau|Papier A4|"
        "Cartouche d'encre|Conseil|Installation|Peinture blanche|Livraison|Cahier|Stylo bleu|Piles AA|Crème fraîche|Pâtes|Huile d'olive",
        "Paris|Lyon|Nîmes|Besançon|Orléans|Saint-Étienne|Angoulême|Rennes|Béziers|Mâcon|Genève",
        "rue de la Paix|avenue Victor Hugo|rue du Château|place de l'Église|boulevard Voltaire|rue des Écoles",
        "Martin Bernard Dubois Thomas Robert Petit Durand Leroy Moreau Lefèvre François Gérard Hélène",
        "Jean Marie Zoé Hélène René Noël Chloé François Jérôme Anaïs Léa Benoît",
        "SARL|SAS|SA|& Fils|EURL|et Cie",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "{number} {street}",
        ", ",
        _SLASHED,
        "€ EUR",
    ),
    _language(
        "es",
        "Ticket/Factura simplificada/Recibo N.º|Fecha|Hora|Total/TOTAL/Importe total|Subtotal/Base imponible|IVA/IVA 21%|"
        "Efectivo/Tarjeta|Cambio|Tel./Teléfono|Factura/FACTURA|Factura N.º/Número de factura|Vencimiento|N.º cliente|De/Emisor|"
        "Cliente/Para|Descripción/Concepto|Cant./Cantidad|Precio/Precio unitario|Importe/Total|IBAN|Asunto|Estimado cliente:/"
        "Muy señores míos:|Atentamente,/Un cordial saludo|Nombre|Apellidos|Fecha de nacimiento|Dirección/Domicilio|Ciudad|Firma|"
        "Gracias por su visita/Gracias por su compra",
        "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si sin sobre este "
        "ya entre cuando todo esta ser son dos también fue había era muy años hasta desde está mi porque qué sólo han yo hay vez "
        "puede todos así nos ni parte tiene él uno donde bien tiempo mismo ese ahora cada vida otro después día señor mañana niño "
        "español empresa pedido entrega pago contrato número cliente informe calidad gestión información año pequeño según área",
        "Café con leche|Té verde|Pan|Leche entera|Mantequilla|Queso|Tomates|Jamón|Agua mineral|Silla de oficina|Papel A4|"
        "Cartucho de tinta|Asesoría|Instalación|Pintura|Envío|Cuaderno|Bolígrafo|Pilas AA|Jabón|Aceite de oliva|Plátanos|Piña",
        "Madrid|Sevilla|Málaga|Córdoba|León|Cádiz|Bilbao|Gijón|Mérida|A Coruña|Logroño",
        "Calle Mayor|Avenida de España|Plaza Nueva|Calle del Río|Paseo de Gracia|Calle San Martín",
        "García Rodríguez Martínez López González Pérez Sánchez Núñez Ibáñez Muñoz Díaz Peña",
        "María José Lucía Íñigo Sofía Andrés Begoña Raúl Inés Martín Ángel Elena",
        "S.L.|S.A.|e Hijos|S.L.U.|Hermanos",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "{street}, {number}",
        ",.",
        _SLASHED,
        "€ EUR",
    ),
    _language(
        "it",
        "Scontrino n./Ricevuta n.|Data|Ora|Totale/TOTALE EURO/Importo totale|Subtotale/Imponibile|IVA/di cui IVA|Contanti/Carta|"
        "Resto|Tel./Telefono|Fattura/FATTURA|Fattura n./Numero fattura|Scadenza|Codice cliente|Da/Cedente|Cliente/Spett.le|"
        "Descrizione|Q.tà/Quantità|Prezzo/Prezzo unitario|Importo/Totale|IBAN|Oggetto|Gentile cliente,/Egregio signore,|"
        "Cordiali saluti|Nome|Cognome|Data di nascita|Indirizzo|Città/Comune|Firma|Grazie e arrivederci/Grazie",
        "di e che la il un a per in una mi sono ho non ma lo ha le si con ti cosa se io come da ci no questo qui hai sei del bene "
        "tu sì me più al mio perché lei solo te era gli tutto della così mia ne questa fare quando ora fatto essere chi lui molto "
        "può dove grazie oh qualità città società è già attività ordine consegna pagamento contratto numero cliente ufficio rapporto "
        "servizio mercato azienda prezzo giorno mese anno prima dopo sempre ogni tempo parte lavoro virtù caffè",
        "Caffè|Tè verde|Pane|Latte intero|Burro|Parmigiano|Pomodori|Acqua minerale|Sedia ufficio|Carta A4|Cartuccia|Consulenza|"
        "Installazione|Vernice bianca|Spedizione|Quaderno|Penna blu|Batterie AA|Sapone|Olio d'oliva|Ragù|Tiramisù",
        "Roma|Milano|Torino|Forlì|Bologna|Genova|Padova|Trieste|Cefalù|Perugia",
        "Via Roma|Via Garibaldi|Corso Italia|Piazza Dante|Via Mazzini|Viale della Libertà",
        "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Nicolò D'Angelo",
        "Giulia Marco Luca Chiara Niccolò Sara Paolo Elena Matteo Francesca",
        "S.r.l.|S.p.A.|S.n.c.|& Figli|S.a.s.",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "{street} {number}",
        ",.",
        _SLASHED,
        "€ EUR",
    ),
    _language(
        "nl",
        "Bonnr./Kassabon|Datum|Tijd|Totaal/TOTAAL/Te betalen|Subtotaal|BTW/BTW 21%|Contant/Pin|Wisselgeld|Tel./Telefoon|Factuur/"
        "FACTUUR|Factuurnummer/Factuur nr.|Vervaldatum|Klantnummer|Van|Aan/Klant|Omschrijving|Aantal|Prijs/Stukprijs|Bedrag|IBAN|"
        "Betreft/Onderwerp|Geachte heer, mevrouw,/Beste klant,|Met vriendelijke groet|Voornaam|Achternaam|Geboortedatum|Adres|"
        "Woonplaats|Handtekening|Bedankt voor uw bezoek/Tot ziens",
        "de van een het en in is dat op te zijn met voor die niet aan er om ook als dan maar bij of uit nog worden door naar heeft "
        "hebben over tot ze zich hun was wordt deze meer kan geen al jaar zo wel moet twee na mensen veel onder zou haar alle goed "
        "waar tegen tussen eerste nieuwe vijf ieder één coördinatie reële financiële levering betaling overeenkomst nummer klant "
        "bestelling verslag kantoor kwaliteit dienst markt bedrijf prijs gebouw vrijdag zijde tijd",
        "Koffie|Thee|Volkorenbrood|Volle melk|Boter|Jonge kaas|Tomaten|Appels|Spa water|Bureaustoel|Papier A4|Inktpatroon|Advies|"
        "Montage|Verf wit|Verzendkosten|Schrift|Pen blauw|Batterijen|Zeep|Stroopwafels|Frites|Kroket",
        "Amsterdam|Rotterdam|Utrecht|Eindhoven|Groningen|Leiden|Gent|Delft|Zwolle",
        "Kerkstraat|Dorpsstraat|Stationsweg|Molenweg|Nieuwe Gracht|Lange Voorhout",
        "Jansen Visser Bakker Smit Meijer Mulder Bos Vos Peters Hendriks Koster",
        "Jan Sanne Pieter Femke Daan Lotte Joris Eva Bram Zoë",
        "B.V.|N.V.|V.O.F.|& Zn.|Holding B.V.",
        "januari februari maart april mei juni juli augustus september oktober november december",
        "{street} {number}",
        ",.",
        "{d}-{m}-{y}|{day} {month} {y}|{d}/{m}/{y}",
        "€ EUR",
    ),
    _language(
        "pt",
        "Recibo n.º/Talão|Data|Hora|Total/TOTAL/Valor total|Subtotal|IVA/IVA 23%|Dinheiro/Multibanco|Troco|Tel./Telefone|Fatura/"
        "FATURA|Fatura n.º/Número da fatura|Vencimento|N.º cliente|De/Emitente|Cliente/Exmo. Sr.|Descrição|Qtd./Quantidade|Preço/"
        "Preço unitário|Valor/Total|IBAN|Assunto|Exmos. Senhores,/Caro cliente,|Com os melhores cumprimentos|Nome|Apelido|"
        "Data de nascimento|Morada/Endereço|Cidade/Localidade|Assinatura|Obrigado pela visita/Volte sempre",
        "de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à seu sua ou ser "
        "quando muito há nos já está eu também só pelo pela até isso ela entre era depois sem mesmo aos ter seus quem nas me esse "
        "eles estão você tinha foram essa num nem suas meu às minha têm numa pelos ações informação coração encomenda entrega "
        "pagamento contrato número cliente relatório escritório qualidade serviço mercado empresa preço mês ano avô órgão",
        "Café|Chá verde|Pão|Leite gordo|Manteiga|Queijo|Tomates|Maçãs|Água mineral|Cadeira|Papel A4|Tinteiro|Consultoria|Instalação|"
        "Tinta branca|Transporte|Caderno|Caneta azul|Pilhas AA|Sabão|Azeite|Feijão|Pastéis de nata",
        "Lisboa|Porto|Évora|Setúbal|Guimarães|Faro|São Paulo|Brasília|Curitiba",
        "Rua Direita|Avenida da Liberdade|Rua de São João|Praça do Comércio|Rua das Flores",
        "Silva Santos Ferreira Pereira Oliveira Costa Gonçalves Magalhães Araújo Simões",
        "João Maria Inês António Catarina Luís Conceição Rui Beatriz Sebastião",
        "Lda.|S.A.|& Filhos|Unipessoal Lda.",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "{street}, {number}",
        ",.",
        _SLASHED,
        "€ EUR",
    ),
    _language(
        "pl",
        "Paragon nr/Nr paragonu|Data|Godzina|Suma/RAZEM/SUMA PLN/Do zapłaty|Netto|VAT/Podatek VAT|Gotówka/Karta|Reszta|Tel./Telefon|"
        "Faktura/FAKTURA VAT|Faktura nr/Numer faktury|Termin płatności|Nr klienta|Sprzedawca|Nabywca|Nazwa towaru/Opis|Ilość|Cena/"
        "Cena jedn.|Kwota/Wartość|IBAN|Dotyczy/Temat|Szanowni Państwo,|Z poważaniem|Imię|Nazwisko|Data urodzenia|Adres|"
        "Miejscowość|Podpis|Dziękujemy za zakupy/Zapraszamy ponownie",
        "i w na z do się nie to jest że o po od za jak ale przez co tak dla czy jego był już tylko przy może jej które ich było "
        "pod był oraz być bardzo ze bez roku tego jako mnie więc gdy lub aby także gdzie każdy między później język święto źródło "
        "łódź żółty ćwiczenie miesiąc zamówienie dostawa płatność umowa numer klient raport biuro jakość usługa rynek firma cena "
        "dzień tydzień pieniądze miasto człowiek świat życie część wszystko również przed nad",
        "Kawa|Herbata|Chleb żytni|Mleko 3,2%|Masło|Ser żółty|Pomidory|Jabłka|Woda mineralna|Krzesło|Papier A4|Tusz|Doradztwo|Montaż|"
        "Farba biała|Wysyłka|Zeszyt|Długopis|Baterie AA|Mydło|Pierogi|Żurek|Kiełbasa",
        "Warszawa|Kraków|Łódź|Wrocław|Poznań|Gdańsk|Toruń|Częstochowa|Białystok",
        "ul. Główna|ul. Długa|ul. Kościuszki|al. Niepodległości|ul. Świętego Jana|ul. Żeromskiego",
        "Nowak Kowalski Wiśniewski Wójcik Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski",
        "Anna Piotr Małgorzata Łukasz Agnieszka Paweł Zofia Stanisław Elżbieta",
        "Sp. z o.o.|S.A.|Sp. j.|s.c.",
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
        "{street} {number}",
        ", ",
        "{d}.{m}.{y}|{day} {month} {y}|{y}-{m}-{d}",
        "zł PLN",
    ),
    _language(
        "sv",
        "Kvitto nr/Kvittonr|Datum|Tid|Totalt/SUMMA/Att betala|Delsumma/Netto|Moms/Moms 25%|Kontant/Kort|Växel|Tel/Telefon|Faktura/"
        "FAKTURA|Fakturanummer/Faktura nr|Förfallodatum|Kundnummer|Från/Säljare|Till/Köpare|Beskrivning/Artikel|Antal|Pris/À-pris|"
        "Belopp|IBAN|Ärende|Bästa kund,/Hej,|Med vänliga hälsningar|Förnamn|Efternamn|Födelsedatum|Adress|Ort|Underskrift|"
        "Tack för ditt köp/Välkommen åter",
        "och i att det som en på är av för med den till inte om har ett de jag var men från så kan när hade man efter där hon skulle "
        "vid ut upp år bara vi nu här han över sig mot något också alla blev får ska sin under finns mycket åt före mellan första "
        "än två få stor själv även länge måste dag ändå möjligt öppna beställning leverans betalning avtal nummer kund rapport "
        "kontor kvalitet tjänst marknad företag pris vecka månad värld människa",
        "Kaffe|Grönt te|Rågbröd|Mjölk|Smör|Ost|Tomater|Äpplen|Mineralvatten|Kontorsstol|Papper A4|Bläckpatron|Rådgivning|Montering|"
        "Färg vit|Frakt|Skrivbok|Penna blå|Batterier AA|Tvål|Köttbullar|Räksmörgås",
        "Stockholm|Göteborg|Malmö|Växjö|Örebro|Umeå|Jönköping|Linköping",
        "Storgatan|Kungsgatan|Järnvägsgatan|Skolvägen|Östra Hamngatan|Björkvägen",
        "Andersson Johansson Karlsson Nilsson Lindström Åkesson Öberg Sjögren Bergström",
        "Erik Anna Lars Åsa Göran Märta Björn Elin Sören",
        "AB|HB|& Co AB|Handelsbolag",
        "januari februari mars april maj juni juli augusti september oktober november december",
        "{street} {number}",
        ", ",
        "{y}-{m}-{d}|{day} {month} {y}|{d}/{m} {y}",
        "kr SEK",
    ),
    _language(
        "da",
        "Bon nr./Kvittering|Dato|Tid|I alt/TOTAL/At betale|Subtotal|Moms/Heraf moms|Kontant/Dankort|Byttepenge|Tlf./Telefon|Faktura/"
        "FAKTURA|Fakturanr./Fakturanummer|Forfaldsdato|Kundenr.|Fra/Sælger|Til/Køber|Beskrivelse/Vare|Antal|Pris/Stk. pris|Beløb|"
        "IBAN|Vedrørende/Emne|Kære kunde,/Til rette vedkommende|Med venlig hilsen|Fornavn|Efternavn|Fødselsdato|Adresse|By|"
        "Underskrift|Tak for besøget/På gensyn",
        "og i at det er en til af som på de med den for ikke der var et han fra har men om vi jeg så over også kan efter havde ved "
        "sig skal blev år når ud hun eller være må hvor mod nu bliver under kun før alle mange gange første selv mellem måske "
        "større både få går sæt bestilling levering betaling aftale nummer kunde rapport kontor kvalitet tjeneste marked firma "
        "pris uge måned verden menneske ærlig øje åben",
        "Kaffe|Grøn te|Rugbrød|Sødmælk|Smør|Ost|Tomater|Æbler|Mineralvand|Kontorstol|Papir A4|Blækpatron|Rådgivning|Montering|"
        "Maling hvid|Fragt|Notesbog|Kuglepen blå|Batterier AA|Sæbe|Smørrebrød|Pølse",
        "København|Aarhus|Odense|Ålborg|Næstved|Køge|Helsingør",
        "Nørregade|Østergade|Vestergade|Skolevej|Kirkevej|Ågade",
        "Jensen Nielsen Hansen Pedersen Sørensen Kjær Møller Østergaard",
        "Søren Mette Lærke Jørgen Åse Kirsten Bjørn Signe",
        "A/S|ApS|I/S|& Søn",
        "januar februar marts april maj juni juli august september oktober november december",
        "{street} {number}",
        ",.",
        "{d}.{m}.{y}|{d}-{m}-{y}|{day}. {month} {y}",
        "kr. DKK",
    ),
)
