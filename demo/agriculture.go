package demo

// crops are the families of fields, orchards and herds.
var crops = []family{
	{
		owner: "dgpa", theme: "agriculture", frequency: "campaign", formats: "CSV XLSX", places: grain(),
		title: pair{"Production céréalière par délégation, {place}", "إنتاج الحبوب حسب المعتمدية، {place}"},
		about: pair{
			"Superficies semées et récoltées, rendements et production de blé dur, de blé tendre, d'orge et de triticale, par délégation et par campagne.",
			"المساحات المبذورة والمحصودة والمردودية وإنتاج القمح الصلب والقمح اللين والشعير والتريتيكال، حسب المعتمدية والموسم.",
		},
		words: pair{"céréales|blé dur|orge|rendement", "الحبوب|القمح الصلب|الشعير|المردودية"},
	},
	{
		owner: "dgpa", theme: "agriculture", frequency: "annual", formats: "XLSX CSV", periods: campaigns(6),
		title: pair{"Superficies emblavées en grandes cultures, campagne {period}", "مساحات الزراعات الكبرى المبذورة، موسم {period}"},
		about: pair{
			"Superficies emblavées par culture et par gouvernorat, en hectares, relevées à la fin des semis.",
			"المساحات المبذورة حسب الزراعة والولاية بالهكتار، كما سُجّلت عند نهاية البذر.",
		},
		words: pair{"grandes cultures|superficies|semis", "الزراعات الكبرى|المساحات|البذر"},
	},
	{
		owner: "marhp", theme: "agriculture", frequency: "campaign", formats: "CSV", places: only("71", "72", "73", "81"),
		title: pair{"Production de dattes par oasis et par variété, {place}", "إنتاج التمور حسب الواحة والصنف، {place}"},
		about: pair{
			"Nombre de palmiers en production et tonnages récoltés de Deglet Nour et des variétés communes, par oasis.",
			"عدد النخيل المنتج والكميات المجمّعة من دقلة النور والأصناف الأخرى بالطن، حسب الواحة.",
		},
		words: pair{"dattes|oasis|Deglet Nour", "التمور|الواحات|دقلة النور"},
	},
	{
		owner: "onh", theme: "agriculture", frequency: "campaign", formats: "CSV XLSX", places: olives(),
		title: pair{"Production d'olives et d'huile par délégation, {place}", "إنتاج الزيتون وزيت الزيتون حسب المعتمدية، {place}"},
		about: pair{
			"Nombre de pieds d'oliviers, production d'olives à huile et de table et estimation de l'huile produite, par délégation.",
			"عدد أصول الزيتون وإنتاج زيتون الزيت وزيتون الطاولة وتقديرات الزيت المنتج، حسب المعتمدية.",
		},
		words: pair{"oliviers|huile d'olive|production", "الزيتون|زيت الزيتون|الإنتاج"},
	},
	{
		owner: "onh", theme: "agriculture", frequency: "annual", formats: "CSV", places: olives(),
		title: pair{"Huileries en activité, {place}", "معاصر الزيتون الناشطة، {place}"},
		about: pair{
			"Liste des huileries autorisées avec leur délégation, leur procédé de trituration et leur capacité journalière en tonnes.",
			"قائمة معاصر الزيتون المرخّص لها مع المعتمدية وطريقة العصر وطاقة التحويل اليومية بالطن.",
		},
		words: pair{"huileries|trituration|capacité", "المعاصر|التحويل|طاقة الإنتاج"},
	},
	{
		owner: "onagri", theme: "commerce", frequency: "annual", formats: "CSV XLSX", periods: campaigns(5),
		title: pair{"Exportations d'huile d'olive par pays de destination, campagne {period}", "صادرات زيت الزيتون حسب بلد الوجهة، موسم {period}"},
		about: pair{
			"Quantités exportées en tonnes et valeurs en dinars, en vrac et conditionnées, par pays et par mois.",
			"الكميات المصدّرة بالطن وقيمتها بالدينار، سائبة ومعلّبة، حسب البلد والشهر.",
		},
		words: pair{"huile d'olive|exportations|commerce extérieur", "زيت الزيتون|الصادرات|التجارة الخارجية"},
	},
	{
		owner: "oep", theme: "agriculture", frequency: "annual", formats: "CSV", places: governorates,
		title: pair{"Effectifs du cheptel par délégation, {place}", "أعداد القطيع حسب المعتمدية، {place}"},
		about: pair{
			"Effectifs de bovins, d'ovins, de caprins et de camelins et nombre d'éleveurs, par délégation, au 31 décembre.",
			"أعداد الأبقار والأغنام والماعز والإبل وعدد المربّين، حسب المعتمدية، في 31 ديسمبر.",
		},
		words: pair{"élevage|bovins|ovins|cheptel", "تربية الماشية|الأبقار|الأغنام|القطيع"},
	},
	{
		owner: "onagri", theme: "commerce", frequency: "daily", formats: "CSV JSON", places: markets,
		title: pair{"Prix de gros des fruits et légumes, {place}", "أسعار الجملة للخضر والغلال، {place}"},
		about: pair{
			"Prix minimum, maximum et le plus fréquent par produit, en millimes le kilogramme, et quantités mises en vente chaque jour de marché.",
			"السعر الأدنى والأقصى والأكثر تداولا لكل منتج بالمليم للكيلوغرام، والكميات المعروضة في كل يوم سوق.",
		},
		words: pair{"prix de gros|légumes|fruits", "أسعار الجملة|الخضر|الغلال"},
	},
	{
		owner: "oep", theme: "agriculture", frequency: "semiannual", formats: "CSV",
		title: pair{"Centres de collecte de lait", "مراكز تجميع الحليب"},
		about: pair{
			"Centres de collecte agréés avec leur délégation, leur capacité de refroidissement en litres et la date de leur agrément.",
			"مراكز تجميع الحليب المصادق عليها مع المعتمدية وطاقة التبريد باللتر وتاريخ المصادقة.",
		},
		words: pair{"lait|centres de collecte|agrément", "الحليب|مراكز التجميع|المصادقة"},
	},
}

// waters are the families of water, rain and forests.
var waters = []family{
	{
		owner: "dgre", theme: "agriculture", frequency: "daily", formats: "CSV JSON", places: dams,
		title: pair{"Réserves et apports journaliers, {place}", "المخزون والإيرادات اليومية، {place}"},
		about: pair{
			"Cote, volume stocké en millions de mètres cubes, apports, lâchers et taux de remplissage, chaque matin à sept heures.",
			"المنسوب والحجم المخزّن بمليون متر مكعب والإيرادات والتسريحات ونسبة الامتلاء، كل صباح على الساعة السابعة.",
		},
		words: pair{"barrages|ressources en eau|taux de remplissage", "السدود|الموارد المائية|نسبة الامتلاء"},
	},
	{
		owner: "dgre", theme: "environnement", frequency: "weekly", formats: "CSV", places: governorates,
		title: pair{"Pluviométrie par station, {place}", "كميات الأمطار حسب المحطة، {place}"},
		about: pair{
			"Cumuls de pluie par station et par jour, en millimètres, avec l'écart à la moyenne de la période.",
			"كميات الأمطار المسجّلة حسب المحطة واليوم بالمليمتر، مع الفارق مقارنة بمعدّل الفترة.",
		},
		words: pair{"pluie|stations|climat", "الأمطار|المحطات|المناخ"},
	},
	{
		owner: "dggree", theme: "agriculture", frequency: "annual", formats: "CSV GEOJSON", places: governorates,
		title: pair{"Périmètres publics irrigués, {place}", "المناطق السقوية العمومية، {place}"},
		about: pair{
			"Contours des périmètres publics irrigués, superficie irrigable et irriguée en hectares, origine de l'eau et mode d'irrigation.",
			"حدود المناطق السقوية العمومية والمساحة القابلة للري والمروية بالهكتار ومصدر المياه وطريقة الري.",
		},
		words: pair{"irrigation|périmètres irrigués|eau", "الري|المناطق السقوية|المياه"},
	},
	{
		owner: "dggree", theme: "agriculture", frequency: "annual", formats: "CSV", places: governorates,
		title: pair{"Groupements de développement agricole d'eau potable, {place}", "مجامع التنمية الفلاحية للماء الصالح للشرب، {place}"},
		about: pair{
			"Groupements en activité, population desservie, nombre de bornes et de branchements et débit exploité en litres par seconde.",
			"المجامع الناشطة وعدد السكان المنتفعين وعدد الحنفيات والربط الفردي والتدفق المستغل باللتر في الثانية.",
		},
		words: pair{"eau potable|milieu rural|GDA", "الماء الصالح للشرب|الوسط الريفي|المجامع"},
	},
	{
		owner: "dgf", theme: "environnement", frequency: "annual", formats: "CSV SHP", periods: years(6),
		title: pair{"Incendies de forêts, {period}", "حرائق الغابات، {period}"},
		about: pair{
			"Incendies recensés avec leur date, leur délégation, la superficie parcourue en hectares et la cause présumée.",
			"الحرائق المسجّلة مع تاريخها والمعتمدية والمساحة المتضررة بالهكتار والسبب المرجّح.",
		},
		words: pair{"forêts|incendies|superficie brûlée", "الغابات|الحرائق|المساحة المحترقة"},
	},
	{
		owner: "dgre", theme: "agriculture", frequency: "quarterly", formats: "CSV XLSX",
		title: pair{"Autorisations de forage accordées", "رخص حفر الآبار العميقة المسندة"},
		about: pair{
			"Autorisations accordées par trimestre, avec la délégation, la nappe, la profondeur autorisée et l'usage de l'eau.",
			"الرخص المسندة كل ثلاثية مع المعتمدية والمائدة المائية والعمق المرخّص واستعمال المياه.",
		},
		words: pair{"forages|nappes|autorisations", "الآبار|المائدة المائية|الرخص"},
	},
}

// sea are the families of fishing.
var sea = []family{
	{
		owner: "dgpaq", theme: "agriculture", frequency: "monthly", formats: "CSV", places: fishingPorts,
		title: pair{"Débarquements par espèce, {place}", "الإنتاج المفرّغ حسب الصنف، {place}"},
		about: pair{
			"Quantités débarquées en tonnes et valeur à la première vente en dinars, par espèce, par type de pêche et par mois.",
			"الكميات المفرّغة بالطن وقيمتها عند البيع الأول بالدينار، حسب الصنف ونوع الصيد والشهر.",
		},
		words: pair{"pêche|débarquements|espèces", "الصيد البحري|الإنتاج|الأصناف"},
	},
	{
		owner: "dgpaq", theme: "agriculture", frequency: "annual", formats: "CSV XLSX", periods: years(4),
		title: pair{"Production aquacole par ferme et par espèce, {period}", "إنتاج تربية الأحياء المائية حسب المزرعة والصنف، {period}"},
		about: pair{
			"Production des fermes d'élevage de loup, de daurade, de moules et de thon, en tonnes, avec le lieu et le type d'élevage.",
			"إنتاج مزارع تربية القاروص والورقة وبلح البحر والتن بالطن، مع المكان ونوع التربية.",
		},
		words: pair{"aquaculture|fermes|poissons", "تربية الأحياء المائية|المزارع|الأسماك"},
	},
}

// grain grows in these governorates.
func grain() []place { return only("23", "21", "22", "31", "32", "33", "34", "41") }

// olives grow nearly everywhere, but are pressed mostly in these.
func olives() []place {
	return only("21", "33", "34", "41", "42", "43", "51", "52", "53", "61", "71", "82")
}
