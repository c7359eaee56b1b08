"""Why customers, of files or of the bank's own database, can not be matched: codes, sentences, and what to do."""

from tegata.wire.problems import problem

NOT_FOUND = problem(
    "customers-not-found", 404,
    ja="顧客のファイルまたは表が見つかりません。", en="The customers' file or table was not found.",
    do_ja="--customers に、CSV か Parquet のファイル、または postgresql://…#表 の形で指定してください。",
    do_en="Give --customers a CSV or Parquet file, or a table such as postgresql://…#table.",
)  # fmt: skip
UNREADABLE = problem(
    "customers-unreadable", 422,
    ja="顧客のファイルまたは表を読み取れません。", en="The customers' file or table can not be read.",
    do_ja="示された理由と行を確かめ、作り直してください。何も書き出していません。",
    do_en="Look at the reason and the line, and make it anew. Nothing was written.",
)  # fmt: skip
WRONG_ENCODING = problem(
    "customers-encoding", 422,
    ja="顧客のファイルの文字コードが、指定と異なります。",
    en="The customers' file is not in the encoding that was named.",
    do_ja="Shift_JIS のファイルなら --encoding cp932 を指定してください。",
    do_en="For a file in Shift_JIS give --encoding cp932.",
)  # fmt: skip
SCHEMAS_DIFFER = problem(
    "customers-schemas-differ", 422,
    ja="顧客のファイルの列が、互いに異なります。", en="The customers' files do not all have the same columns.",
    do_ja="同じ形のファイルだけを指定してください。", do_en="Name files of one form only.",
)  # fmt: skip
COLUMN_MISSING = problem(
    "customers-column-missing", 422,
    ja="その名前の列がありません。", en="There is no column of that name.",
    do_ja="ある列の名前を確かめ、--column (シリアル番号の列) や --keep で指定してください。",
    do_en="Look at the names there are, and give --column (the serial numbers) or --keep.",
)  # fmt: skip
COLUMNS_UNCLEAR = problem(
    "customers-columns-unclear", 422,
    ja="列の名前が空か、同じ名前が2つあるか、書き出す列の名前と重なります。",
    en="A column has no name, or the name of another column or of one that is written.",
    do_ja="列の名前を変えるか、--keep で残す列を選んでください (大文字と小文字は区別しません)。",
    do_en="Rename columns, or choose with --keep (upper and lower case are the same here).",
)  # fmt: skip
SERIALS_OF_WRONG_TYPE = problem(
    "customers-serial-type", 422,
    ja="シリアル番号の列が、整数でも文字列でもありません。",
    en="The column of serial numbers holds neither whole numbers nor text.",
    do_ja="小数では桁が失われます。整数か文字列で作り直してください。",
    do_en="Fractional numbers lose digits. Make the column anew, of whole numbers or of text.",
)  # fmt: skip
SERIALS_AMBIGUOUS = problem(
    "customers-serials-ambiguous", 422,
    ja="シリアル番号が10進数か16進数か、分かりません。",
    en="It is not certain whether the serial numbers are decimal or hexadecimal.",
    do_ja="--serials decimal か --serials hex を指定してください。読み違えると、失効を見落とします。",
    do_en="Give --serials decimal or --serials hex: a number that is misread is a revocation that is missed.",
)  # fmt: skip
CRL_NOT_USED = problem(
    "crl-not-used", 422,
    ja="この失効リスト (CRL) は、突合に使えません。", en="This CRL can not be used for matching.",
    do_ja="理由を確かめ、プラットフォーム事業者から取得し直してください。",
    do_en="Look at the reason and fetch it from the operator again.",
)  # fmt: skip
NO_LISTS = problem(
    "match-no-lists", 404,
    ja="失効リスト (CRL) が見つかりません。", en="No CRL was found.",
    do_ja="--crl に、ファイルまたはフォルダー (*.crl) を指定してください。",
    do_en="Give --crl a file, or a directory with *.crl files.",
)  # fmt: skip
SEVERAL_AUTHORITIES = problem(
    "match-several-authorities", 422,
    ja="失効リストの発行者が、１つではありません。", en="The lists are not all of one issuer.",
    do_ja="--usage sign か --usage auth で、どちらの証明書かを指定してください。",
    do_en="Say with --usage sign or --usage auth which certificates are meant.",
)  # fmt: skip
OUTPUT_EXISTS = problem(
    "match-output-exists", 409,
    ja="書き出し先が、すでにあります。", en="There is something already where the result would be written.",
    do_ja="別の名前にするか、--overwrite を付けてください。", do_en="Choose another name, or give --overwrite.",
)  # fmt: skip
OUTPUT_UNWRITABLE = problem(
    "match-output-unwritable", 422,
    ja="結果を書き出せません。", en="The result can not be written there.",
    do_ja="フォルダーと権限、名前の末尾 (.csv か .parquet)、列の型を確かめてください。",
    do_en="Check the folder and its rights, the suffix (.csv or .parquet), and the columns' types.",
)  # fmt: skip
OUT_OF_MEMORY = problem(
    "match-out-of-memory", 507,
    ja="メモリまたは一時ファイルの場所が足りません。", en="Memory, or room for temporary files, ran out.",
    do_ja="--memory を増やすか、--work に空きのあるフォルダーを指定してください。",
    do_en="Give more with --memory, or a roomier folder with --work.",
)  # fmt: skip
NEEDS_SPARK = problem(
    "match-needs-spark", 503,
    ja="Spark を使うための部品が入っていません。", en="What Spark needs is not installed.",
    do_ja="make spark を実行してください (Java 17 以上が必要です。Debian では apt-get install default-jre-headless)。",
    do_en="Run `make spark` (Java 17 or newer must be there; on Debian: apt-get install default-jre-headless).",
)  # fmt: skip
SPARK_FAILED = problem(
    "match-spark-failed", 502,
    ja="Spark での処理が失敗しました。", en="The work failed on Spark.",
    do_ja="示された理由を確かめてください。ほかの計算機を使うときは、--work に全台から見えるフォルダーを指定します。",
    do_en="Look at the reason. With machines beside this one, --work must be a folder that all of them see.",
)  # fmt: skip
