"""Why a population is not brought to a number."""

from tegata.wire.problems import problem

FEWER_THAN_THERE_ARE = problem(
    "population-is-larger", 409,
    ja="このネットワークには、もっと多くの住民がいます。", en="This network has more residents already.",
    do_ja="今より大きい --people を指定するか、別の --data で作ってください。",
    do_en="Ask for a greater --people, or make a network with another --data.",
)  # fmt: skip
ANOTHER_SEED = problem(
    "population-of-another-seed", 409,
    ja="このネットワークの住民は、別の種 (--seed) で決めたものです。",
    en="The people of this network are of another seed.",
    do_ja="--seed を省くか、別の --data で作ってください。",
    do_en="Leave --seed out, or make a network with another --data.",
)  # fmt: skip
TOO_MANY = problem(
    "population-too-large", 409,
    ja="この人数には、証明書のシリアル番号か番号の桁が足りません。",
    en="There are not enough serial numbers, or digits, for so many people.",
    do_ja="--people を小さくしてください。", do_en="Ask for a smaller --people.",
)  # fmt: skip
NO_ROOM = problem(
    "population-needs-more-disk", 409,
    ja="ディスクの空きが足りません。", en="There is not enough free space on the disk.",
    do_ja="空きを作るか、--people を小さくするか、--data で別のディスクを指定してください。",
    do_en="Make room, ask for a smaller --people, or name a directory on another disk with --data.",
)  # fmt: skip
CUT_OFF = problem(
    "population-cut-off", 507,
    ja="途中で書き込めなくなりました。そこまでの住民は残っています。",
    en="It could not be written to the end. The residents so far are kept.",
    do_ja="原因を除いて、同じコマンドをもう一度実行してください。続きから始まります。",
    do_en="Remove the cause and run the same command again: it goes on where it was.",
)  # fmt: skip
TOO_MANY_CUSTOMERS = problem(
    "too-many-customers", 409,
    ja="住民のうち銀行の顧客になる人が足りません。", en="There are not so many residents who become customers.",
    do_ja="--customers を小さくするか、--people を大きくしてください。",
    do_en="Ask for a smaller --customers, or a greater --people.",
)  # fmt: skip
