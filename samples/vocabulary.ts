/** What the generated shop sells, where its people live and what they write. */

/** City, state, first and last postal prefix, latitude and longitude in thousandths of a degree, share. */
export const cities = [
  ["sao paulo", "SP", 1001, 5899, -23550, -46633, 16],
  ["rio de janeiro", "RJ", 20010, 23799, -22906, -43172, 7],
  ["belo horizonte", "MG", 30110, 31999, -19917, -43934, 3],
  ["brasilia", "DF", 70040, 72799, -15793, -47882, 2],
  ["curitiba", "PR", 80010, 82999, -25428, -49273, 2],
  ["campinas", "SP", 13010, 13139, -22905, -47060, 2],
  ["porto alegre", "RS", 90010, 91999, -30034, -51217, 2],
  ["salvador", "BA", 40015, 42499, -12971, -38501, 2],
  ["guarulhos", "SP", 7010, 7273, -23454, -46533, 2],
  ["sao bernardo do campo", "SP", 9600, 9899, -23694, -46565, 1],
  ["niteroi", "RJ", 24020, 24399, -22883, -43103, 1],
  ["santo andre", "SP", 9010, 9299, -23663, -46530, 1],
  ["osasco", "SP", 6010, 6299, -23532, -46791, 1],
  ["goiania", "GO", 74010, 74899, -16686, -49264, 1],
  ["fortaleza", "CE", 60010, 61599, -3731, -38526, 1],
  ["recife", "PE", 50010, 52999, -8047, -34877, 1],
  ["florianopolis", "SC", 88010, 88099, -27595, -48548, 1],
  ["belem", "PA", 66010, 66999, -1455, -48490, 1],
  ["manaus", "AM", 69005, 69099, -3119, -60021, 1],
  ["vitoria", "ES", 29010, 29099, -20315, -40312, 1],
] as const;

export type City = (typeof cities)[number];

/** The same places as people write them, which is why one postal code has several names. */
export const accented: Readonly<Record<string, string>> = {
  "sao paulo": "são paulo",
  brasilia: "brasília",
  niteroi: "niterói",
  "santo andre": "santo andré",
  goiania: "goiânia",
  florianopolis: "florianópolis",
  belem: "belém",
  vitoria: "vitória",
};

/** Category and its English name, as the public file spells them, mistakes included. */
export const categories = `beleza_saude health_beauty, informatica_acessorios computers_accessories, automotivo auto,
cama_mesa_banho bed_bath_table, moveis_decoracao furniture_decor, esporte_lazer sports_leisure, perfumaria perfumery,
utilidades_domesticas housewares, telefonia telephony, relogios_presentes watches_gifts, alimentos_bebidas food_drink,
bebes baby, papelaria stationery, tablets_impressao_imagem tablets_printing_image, brinquedos toys,
telefonia_fixa fixed_telephony, ferramentas_jardim garden_tools, fashion_bolsas_e_acessorios fashion_bags_accessories,
eletroportateis small_appliances, consoles_games consoles_games, audio audio, fashion_calcados fashion_shoes,
cool_stuff cool_stuff, malas_acessorios luggage_accessories, climatizacao air_conditioning,
construcao_ferramentas_construcao construction_tools_construction,
moveis_cozinha_area_de_servico_jantar_e_jardim kitchen_dining_laundry_garden_furniture,
construcao_ferramentas_jardim costruction_tools_garden, fashion_roupa_masculina fashion_male_clothing, pet_shop pet_shop,
moveis_escritorio office_furniture, market_place market_place, eletronicos electronics, eletrodomesticos home_appliances,
artigos_de_festas party_supplies, casa_conforto home_confort, construcao_ferramentas_ferramentas costruction_tools_tools,
agro_industria_e_comercio agro_industry_and_commerce, moveis_colchao_e_estofado furniture_mattress_and_upholstery,
livros_tecnicos books_technical, casa_construcao home_construction, instrumentos_musicais musical_instruments,
moveis_sala furniture_living_room, construcao_ferramentas_iluminacao construction_tools_lights,
industria_comercio_e_negocios industry_commerce_and_business, alimentos food, artes art, moveis_quarto furniture_bedroom,
livros_interesse_geral books_general_interest, construcao_ferramentas_seguranca construction_tools_safety,
fashion_underwear_e_moda_praia fashion_underwear_beach, fashion_esporte fashion_sport,
sinalizacao_e_seguranca signaling_and_security, pcs computers, artigos_de_natal christmas_supplies,
fashion_roupa_feminina fashio_female_clothing, eletrodomesticos_2 home_appliances_2, livros_importados books_imported,
bebidas drinks, cine_foto cine_photo, la_cuisine la_cuisine, musica music, casa_conforto_2 home_comfort_2,
portateis_casa_forno_e_cafe small_appliances_home_oven_and_coffee, cds_dvds_musicais cds_dvds_musicals,
dvds_blu_ray dvds_blu_ray, flores flowers, artes_e_artesanato arts_and_craftmanship,
fraldas_higiene diapers_and_hygiene, fashion_roupa_infanto_juvenil fashion_childrens_clothes,
seguros_e_servicos security_and_services`
  .split(/,\s+/)
  .map((pair) => pair.split(" ") as [string, string]);

/** Reviews by how content they are. */
export const praise = [
  "Recomendo",
  "Muito bom, chegou antes do prazo",
  "Produto excelente, ótima qualidade",
  "Entrega rápida e bem embalado",
  "Adorei",
  "Super recomendo a loja, parabéns",
];
export const doubts = ["Bom", "Produto ok, mas demorou", "Cor um pouco diferente da foto", "Esperava mais pelo preço"];
export const complaints = [
  "Ainda não recebi o produto",
  "Veio com defeito e ninguém responde",
  "Comprei dois, recebi um só",
  "Péssimo, não comprem",
  "Quero meu dinheiro de volta",
];
export const titles = ["Recomendo", "super recomendo", "Ótimo", "Bom", "Não recomendo", "Atraso", "10"];

/** Comments as they are in real files: over several lines, with quotes, commas and pictures. */
export const difficultComments = [
  "Primeira linha\nsegunda linha\n\nquarta linha",
  "Linha do Windows\r\ne outra\r\n",
  'Disseram "chega amanhã", não chegou',
  'A tampa de 5" não serve; "devolvi"',
  "Amei 😍😍, obrigada!",
  "=SOMA(A1:A2)",
  'ele disse:\n"não",\nfim',
];

export const segments = [
  "pet",
  "home_decor",
  "health_beauty",
  "household_utilities",
  "audio_video_electronics",
  "toys",
];
export const leadTypes = [
  "online_medium",
  "online_big",
  "industry",
  "offline",
  "online_small",
  "online_beginner",
  "other",
];
export const profiles = ["cat", "eagle", "wolf", "shark", "cat, wolf"];
export const businessTypes = ["reseller", "manufacturer", "other"];
export const stocks = ["1-5", "5-20", "20-50", "50-200", "200+", "unknown"];
