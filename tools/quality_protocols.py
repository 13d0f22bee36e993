"""The published protocols of bench/quality and what others reported on them."""
from typing import NamedTuple

TOIS = "Ferrari Dacrema et al., TOIS 2021"
DIFFMM = "DiffMM, MM 2024"
HSTU = "generative-recommenders, ICML 2024, its README"
S3REC = "S3-Rec, CIKM 2020, its repository"


class Published(NamedTuple):
    model: str
    source: str
    values: tuple  # as the protocol's metrics, None where none was published
    read: bool = True  # False: quoted, not read at its source


class Protocol(NamedTuple):
    name: str
    title: str
    ks: str
    metrics: tuple  # the first decides which model is best
    published: tuple
    sampled: bool = False  # measured among the published candidates
    note: str = ""
    among: tuple = ()  # published among candidates, where the main numbers rank all items
    like: str = ""  # which of Haina's two fits the published models compare with, as read in their code


HR_NDCG = ("hr@10", "ndcg@10")
LAST_TWO = "Like for like: trained on train. BSARec's code, which also ran SASRec and others, fits on all but a user's last two items."
BOTH_PARTS = "Like for like: refitted. The evaluation of TOIS fits on training and validation together once settings are chosen."
NO_VALIDATION = "Like for like: refitted. The published code has no validation part and fits on the whole training file, as the refitted row does."
OUR_SPLIT = ("The split is our own, so nothing is published on it. Intervals are over users; the hidden items are the same few for all of them, "
             "so that another draw of items would move the numbers by more.")
PROTOCOLS = (
    Protocol("s3rec-beauty", "Amazon Beauty, last item of each, all items ranked", "5,10,20", ("hr@10", "ndcg@10", "hr@5", "ndcg@5"), (
        Published("PopRec", S3REC, (.0152, .0068, .0080, .0044)),
        Published("GRU4Rec", S3REC, (.0283, .0137, .0164, .0099)),
        Published("BERT4Rec", S3REC, (.0347, .0170, .0203, .0124)),
        Published("HGN", S3REC, (.0512, .0266, .0325, .0206)),
        Published("SASRec", S3REC, (.0605, .0318, .0387, .0249)),
        Published("FDSA, with attributes", S3REC, (.0407, .0208, .0267, .0163)),
        Published("S3-Rec, with attributes", S3REC, (.0647, .0327, .0387, .0244)),
        Published("TIGER", "NeurIPS 2023", (.0648, .0384, .0454, .0321)),
        Published("ActionPiece", "ICML 2025", (.0775, .0424, None, None), read=False),
        Published("eSASRec", "RecSys 2025", (.0928, .0523, None, None), read=False),
        Published("BSARec", "AAAI 2024, its log", (.1008, .0611, .0736, .0523))),
        note="BSARec, SASRec, GRU4Rec, BERT4Rec and HGN use no attributes.", like=LAST_TWO),
    Protocol("s3rec-sports", "Amazon Sports and Outdoors, last item of each, all items ranked", "5,10,20", ("hr@10", "ndcg@10", "hr@5", "ndcg@5"), (
        Published("SASRec", S3REC, (.0350, .0192, .0233, .0154)),
        Published("FDSA, with attributes", S3REC, (.0288, .0156, .0182, .0122)),
        Published("S3-Rec, with attributes", S3REC, (.0385, .0204, .0251, .0161)),
        Published("TIGER", "NeurIPS 2023", (.0400, .0225, .0264, .0181)),
        Published("ActionPiece", "ICML 2025", (.0500, .0264, None, None), read=False),
        Published("eSASRec", "RecSys 2025", (.0560, .0323, None, None), read=False),
        Published("BSARec", "AAAI 2024", (.0612, .0360, None, None), read=False)),
        note="BSARec and SASRec use no attributes.", like=LAST_TWO),
    Protocol("s3rec-lastfm", "Last.fm of S3-Rec, last item of each, all items ranked", "5,10,20", ("hr@10", "ndcg@10", "hr@5", "ndcg@5"), (
        Published("SASRec", S3REC, (.0688, .0390, .0505, .0331)),
        Published("BERT4Rec", S3REC, (.0633, .0337, .0422, .0269)),
        Published("S3-Rec, with attributes", S3REC, (.0743, .0427, .0459, .0334)),
        Published("BSARec", "AAAI 2024, its log", (.0807, .0435, .0523, .0344))),
        note="The attributes are tags that stem from the same tagging as the sequences; s3rec-lastfm-plain has the row without them.",
        among=(
            Published("SASRec", S3REC, (.4706, .2755)),
            Published("FDSA, with attributes", S3REC, (.4055, .2225)),
            Published("S3-Rec, with attributes", S3REC, (.5835, .3583))), like=LAST_TWO),
    Protocol("s3rec-lastfm-plain", "Last.fm as S3-Rec published it, without the tags", "5,10,20", ("hr@10", "ndcg@10", "hr@5", "ndcg@5"), (
        Published("SASRec", S3REC, (.0688, .0390, .0505, .0331)),
        Published("BSARec", "AAAI 2024, its log", (.0807, .0435, .0523, .0344))),
        among=(Published("SASRec", S3REC, (.4706, .2755)),), like=LAST_TWO),
    Protocol("lastfm-social", "Last.fm (HetRec 2011), SocialLGN's random fifth", "10,20", ("recall@20", "ndcg@20", "precision@10", "recall@10", "ndcg@10"), (
        Published("LightGCN", "Liao et al., Information Sciences 2022", (None, None, .1961, .2003, .2536), read=False),
        Published("SocialLGN", "Liao et al., Information Sciences 2022", (.2794, .2883, .1972, .2026, .2566), read=False)), like=NO_VALIDATION),
    Protocol("citeulike-a-p10", "citeulike-a, ten articles a user in training", "50,100,300", ("recall@50", "recall@100", "recall@300"), (
        Published("TopPop", TOIS, (.0040, .0078, .0258)),
        Published("ItemKNN, behaviour", TOIS, (.0990, .1441, .2300)),
        Published("iALS", TOIS, (.0779, .1388, .2706)),
        Published("ItemKNN, text", TOIS, (.2235, .3186, .4950)),
        Published("ItemKNN, text and behaviour", TOIS, (.1858, .2816, .4642)),
        Published("CVAE", TOIS, (.0805, .1569, .3687)),
        Published("CDL", TOIS, (.0580, .1108, .2640))),
        note="The published content is the articles' text, ours their tags and citations.", like=BOTH_PARTS),
    Protocol("citeulike-a-p1", "citeulike-a, one article a user in training", "50,100,300", ("recall@50", "recall@100", "recall@300"), (
        Published("TopPop", TOIS, (.0253, .0389, .0704)),
        Published("any behaviour alone", TOIS, (.0026, .0053, .0154)),
        Published("ItemKNN, text and behaviour", TOIS, (.0553, .0614, .0717)),
        Published("CVAE", TOIS, (.0768, .1171, .2168)),
        Published("CDL", TOIS, (.0855, .1208, .1901))),
        note="The published content is the articles' text, ours their tags and citations.", like=BOTH_PARTS),
    Protocol("citeulike-a-cmn", "citeulike-a, one held out of each, 100 published candidates", "5,10", ("hr@10", "ndcg@10", "hr@5", "ndcg@5"), (
        Published("TopPop", TOIS, (.2774, .1537, .1810, .1226)),
        Published("ItemKNN", TOIS, (.8925, .7267, .8247, .7045)),
        Published("RP3beta", TOIS, (.9002, .7447, .8326, .7227)),
        Published("iALS", TOIS, (.9006, .7313, .8308, .7085)),
        Published("SLIM-EN", TOIS, (.8908, .7376, .8265, .7168)),
        Published("EASE", TOIS, (.8806, .7197, .8116, .6973)),
        Published("CMN", TOIS, (.8746, .6790, .7874, .6505))), sampled=True, like=BOTH_PARTS),
    Protocol("citeulike-a-cold", "citeulike-a, a tenth of the articles unseen, ranked among themselves", "10,20,50", ("recall@20", "ndcg@20"), (),
             sampled=True, note=OUR_SPLIT),
    Protocol("ml1m-posters-cold", "MovieLens-1M, a tenth of the films with a poster unseen, ranked among themselves by their posters alone", "10,20,50",
             ("recall@20", "ndcg@20"), (), sampled=True, note=OUR_SPLIT),
    Protocol("ml1m-sequences", "MovieLens-1M in the order of time, last film of each, all films ranked", "5,10,20", HR_NDCG, (
        Published("SASRec, sampled softmax", HSTU, (.2853, .1603)),
        Published("BERT4Rec", HSTU, (.2843, .1537)),
        Published("GRU4Rec", HSTU, (.2811, .1648)),
        Published("HSTU", HSTU, (.3097, .1720)),
        Published("HSTU-large", HSTU, (.3294, .1893)),
        Published("HSTU, full softmax", HSTU, (.3419, .1944)),
        Published("eSASRec", "RecSys 2025", (.3133, .1772), read=False)),
        note="HSTU's code fits on all but the last film, as the refitted row does, and orders ratings of one second otherwise, which gives about "
             "a quarter of the users another test film."),
    Protocol("ml1m-ncf", "MovieLens-1M of NCF, 99 published candidates", "5,10,20", HR_NDCG, (
        Published("TopPop", TOIS, (.4533, .2542)),
        Published("UserKNN", TOIS, (.6768, .4100)),
        Published("ItemKNN", TOIS, (.6694, .3979)),
        Published("RP3beta", TOIS, (.6758, .4011)),
        Published("MF-BPR", TOIS, (.6305, .3730)),
        Published("PureSVD", TOIS, (.6937, .4303)),
        Published("iALS", TOIS, (.7109, .4382)),
        Published("SLIM-EN", TOIS, (.7162, .4468)),
        Published("EASE", TOIS, (.7192, .4494)),
        Published("NeuMF", TOIS, (.7093, .4349)),
        Published("NeuMF, pretrained", "He et al., WWW 2017", (.730, .447), read=False),
        Published("MF", "Rendle et al., RecSys 2020", (.7294, .4523), read=False)), sampled=True, like=BOTH_PARTS),
    Protocol("ml100k-mcrec", "MovieLens-100K of MCRec, all items ranked", "5,10,20", ("precision@10", "recall@10"), (
        Published("TopPop", TOIS, (.1907, .1180)),
        Published("UserKNN", TOIS, (.3442, .2237)),
        Published("ItemKNN", TOIS, (.3320, .2171)),
        Published("RP3beta", TOIS, (.3435, .2191)),
        Published("iALS", TOIS, (.3596, .2283)),
        Published("PureSVD", TOIS, (.3545, .2247)),
        Published("EASE", TOIS, (.3739, .2430)),
        Published("SLIM-EN", TOIS, (.3770, .2441)),
        Published("ItemKNN, content and behaviour", TOIS, (.3398, .2239)),
        Published("MCRec", TOIS, (.3110, .2113))),
        note="The published NDCG is normalised otherwise, so it is not compared.", like=BOTH_PARTS),
    Protocol("gowalla", "Gowalla of LightGCN, all items ranked", "10,20", ("recall@20", "ndcg@20"), (
        Published("LightGCN, 1 layer", "LightGCN-PyTorch, its repository", (.1687, .1417)),
        Published("LightGCN, 3 layers", "LightGCN-PyTorch, its repository", (.1824, .1547)),
        Published("NGCF", "SIGIR 2019", (.1570, .1327), read=False),
        Published("EASE", "Steck, WWW 2019", (.1765, .1467), read=False),
        Published("UltraGCN", "CIKM 2021", (.1862, .1580), read=False),
        Published("SimpleX", "CIKM 2021", (.1872, .1557), read=False),
        Published("BSPM-EM", "SIGIR 2023", (.1920, .1597), read=False)), like=NO_VALIDATION),
    Protocol("frappe", "Frappe of CFM, one app held out of each person and context", "5,10,20", HR_NDCG, ()),
    Protocol("tiktok", "TikTok (DiffMM's split), vectors of pictures and sound, all videos ranked", "10,20", ("recall@20", "ndcg@20"), (
        Published("LightGCN", DIFFMM, (.0653, .0282), read=False),
        Published("MMGCN, with image, audio and text", DIFFMM, (.0730, .0307), read=False),
        Published("BM3, with image, audio and text", DIFFMM, (.0957, .0404), read=False),
        Published("DiffMM, with image, audio and text", DIFFMM, (.1129, .0456), read=False)),
        note="DiffMM's code picks its epoch on the test part; ours chooses on validation. The published text vectors are not among our sources.",
        like="Like for like: trained on train. DiffMM's code never reads the validation part."),
    Protocol("tiktok-cold", "TikTok, a tenth of the videos unseen, ranked among themselves by vectors of pictures and sound", "10,20,50",
             ("recall@20", "ndcg@20"), (), sampled=True, note=OUR_SPLIT),
    Protocol("tiktok-plain", "The same without pictures and sound", "10,20", ("recall@20", "ndcg@20"), (
        Published("LightGCN", DIFFMM, (.0653, .0282), read=False),)),
    Protocol("office-cold", "Amazon's office products, a tenth of them unseen, ranked among themselves by texts and brand", "10,20,50",
             ("recall@20", "ndcg@20"), (), sampled=True, note=OUR_SPLIT),
    Protocol("office-cold-minilm", "The same, texts read by MiniLM as well", "10,20,50",
             ("recall@20", "ndcg@20"), (), sampled=True, note=OUR_SPLIT),
    Protocol("industrial-cold", "Amazon's industrial and scientific products, a tenth of them unseen, ranked among themselves by texts and brand", "10,20,50",
             ("recall@20", "ndcg@20"), (), sampled=True, note=OUR_SPLIT),
    Protocol("industrial-cold-minilm", "The same, texts read by MiniLM as well", "10,20,50",
             ("recall@20", "ndcg@20"), (), sampled=True, note=OUR_SPLIT),
    Protocol("retailrocket", "RetailRocket, one bought item held out of each, all items ranked", "5,10,20", HR_NDCG, (),
             note="The published tables rank 99 sampled items that were not published, so there is nothing to compare with."),
)
NAMES = [protocol.name for protocol in PROTOCOLS]
