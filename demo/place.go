package demo

// governorates are the 24, with "gouvernorat" declined as French wants it.
var governorates = []place{
	{"TN-11", pair{"gouvernorat de Tunis", "ولاية تونس"}},
	{"TN-12", pair{"gouvernorat de l'Ariana", "ولاية أريانة"}},
	{"TN-13", pair{"gouvernorat de Ben Arous", "ولاية بن عروس"}},
	{"TN-14", pair{"gouvernorat de la Manouba", "ولاية منوبة"}},
	{"TN-21", pair{"gouvernorat de Nabeul", "ولاية نابل"}},
	{"TN-22", pair{"gouvernorat de Zaghouan", "ولاية زغوان"}},
	{"TN-23", pair{"gouvernorat de Bizerte", "ولاية بنزرت"}},
	{"TN-31", pair{"gouvernorat de Béja", "ولاية باجة"}},
	{"TN-32", pair{"gouvernorat de Jendouba", "ولاية جندوبة"}},
	{"TN-33", pair{"gouvernorat du Kef", "ولاية الكاف"}},
	{"TN-34", pair{"gouvernorat de Siliana", "ولاية سليانة"}},
	{"TN-41", pair{"gouvernorat de Kairouan", "ولاية القيروان"}},
	{"TN-42", pair{"gouvernorat de Kasserine", "ولاية القصرين"}},
	{"TN-43", pair{"gouvernorat de Sidi Bouzid", "ولاية سيدي بوزيد"}},
	{"TN-51", pair{"gouvernorat de Sousse", "ولاية سوسة"}},
	{"TN-52", pair{"gouvernorat de Monastir", "ولاية المنستير"}},
	{"TN-53", pair{"gouvernorat de Mahdia", "ولاية المهدية"}},
	{"TN-61", pair{"gouvernorat de Sfax", "ولاية صفاقس"}},
	{"TN-71", pair{"gouvernorat de Gafsa", "ولاية قفصة"}},
	{"TN-72", pair{"gouvernorat de Tozeur", "ولاية توزر"}},
	{"TN-73", pair{"gouvernorat de Kébili", "ولاية قبلي"}},
	{"TN-81", pair{"gouvernorat de Gabès", "ولاية قابس"}},
	{"TN-82", pair{"gouvernorat de Médenine", "ولاية مدنين"}},
	{"TN-83", pair{"gouvernorat de Tataouine", "ولاية تطاوين"}},
}

// only returns the governorates of the codes, written without "TN-".
func only(codes ...string) []place {
	var some []place
	for _, code := range codes {
		for _, g := range governorates {
			if g.code == "TN-"+code {
				some = append(some, g)
			}
		}
	}
	return some
}

// dams of the north and the centre.
var dams = []place{
	{"TN-31", pair{"barrage Sidi Salem", "سد سيدي سالم"}},
	{"TN-31", pair{"barrage Sidi El Barrak", "سد سيدي البراق"}},
	{"TN-23", pair{"barrage Sejnane", "سد سجنان"}},
	{"TN-23", pair{"barrage Joumine", "سد جومين"}},
	{"TN-32", pair{"barrage Bou Hertma", "سد بوهرتمة"}},
	{"TN-33", pair{"barrage Mellègue", "سد ملاق"}},
	{"TN-34", pair{"barrage Siliana", "سد سليانة"}},
	{"TN-41", pair{"barrage Sidi Saâd", "سد سيدي سعد"}},
	{"TN-41", pair{"barrage El Haouareb", "سد الهوارب"}},
	{"TN-22", pair{"barrage Bir M'Cherga", "سد بئر مشارقة"}},
	{"TN-21", pair{"barrage Lebna", "سد لبنة"}},
}

// markets where fruit, vegetables and fish are sold wholesale.
var markets = []place{
	{"TN-13", pair{"marché de gros de Bir El Kassaâ", "سوق الجملة ببئر القصعة"}},
	{"TN-51", pair{"marché de gros de Sousse", "سوق الجملة بسوسة"}},
	{"TN-61", pair{"marché de gros de Sfax", "سوق الجملة بصفاقس"}},
	{"TN-81", pair{"marché de gros de Gabès", "سوق الجملة بقابس"}},
	{"TN-41", pair{"marché de gros de Kairouan", "سوق الجملة بالقيروان"}},
	{"TN-23", pair{"marché de gros de Bizerte", "سوق الجملة ببنزرت"}},
}

// fishing ports, from north to south.
var fishingPorts = []place{
	{"TN-32", pair{"port de pêche de Tabarka", "ميناء الصيد البحري بطبرقة"}},
	{"TN-23", pair{"port de pêche de Bizerte", "ميناء الصيد البحري ببنزرت"}},
	{"TN-11", pair{"port de pêche de La Goulette", "ميناء الصيد البحري بحلق الوادي"}},
	{"TN-21", pair{"port de pêche de Kélibia", "ميناء الصيد البحري بقليبية"}},
	{"TN-51", pair{"port de pêche de Sousse", "ميناء الصيد البحري بسوسة"}},
	{"TN-52", pair{"port de pêche de Téboulba", "ميناء الصيد البحري بطبلبة"}},
	{"TN-53", pair{"port de pêche de Mahdia", "ميناء الصيد البحري بالمهدية"}},
	{"TN-61", pair{"port de pêche de Sfax", "ميناء الصيد البحري بصفاقس"}},
	{"TN-81", pair{"port de pêche de Gabès", "ميناء الصيد البحري بقابس"}},
	{"TN-82", pair{"port de pêche de Zarzis", "ميناء الصيد البحري بجرجيس"}},
}

// tradingPorts load and unload ships.
var tradingPorts = []place{
	{"TN-11", pair{"port de La Goulette", "ميناء حلق الوادي"}},
	{"TN-13", pair{"port de Radès", "ميناء رادس"}},
	{"TN-23", pair{"port de Bizerte", "ميناء بنزرت"}},
	{"TN-51", pair{"port de Sousse", "ميناء سوسة"}},
	{"TN-61", pair{"port de Sfax", "ميناء صفاقس"}},
	{"TN-61", pair{"port de la Skhira", "ميناء الصخيرة"}},
	{"TN-81", pair{"port de Gabès", "ميناء قابس"}},
	{"TN-82", pair{"port de Zarzis", "ميناء جرجيس"}},
}

// airports open to passengers.
var airports = []place{
	{"TN-11", pair{"aéroport de Tunis-Carthage", "مطار تونس قرطاج"}},
	{"TN-51", pair{"aéroport d'Enfidha-Hammamet", "مطار النفيضة الحمامات"}},
	{"TN-52", pair{"aéroport de Monastir Habib-Bourguiba", "مطار المنستير الحبيب بورقيبة"}},
	{"TN-82", pair{"aéroport de Djerba-Zarzis", "مطار جربة جرجيس"}},
	{"TN-61", pair{"aéroport de Sfax-Thyna", "مطار صفاقس طينة"}},
	{"TN-72", pair{"aéroport de Tozeur-Nefta", "مطار توزر نفطة"}},
	{"TN-71", pair{"aéroport de Gafsa-Ksar", "مطار قفصة القصر"}},
	{"TN-32", pair{"aéroport de Tabarka-Aïn Draham", "مطار طبرقة عين دراهم"}},
}
