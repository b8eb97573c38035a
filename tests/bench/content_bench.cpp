// SPDX-License-Identifier: Apache-2.0
#include "filters/content/analysis.hpp"
#include "filters/content/mime.hpp"
#include "filters/content/text.hpp"

#include <benchmark/benchmark.h>

// What reading a message costs. tests/bench/content has the hostile inputs, up to 50 MiB.
namespace {
using namespace filters::content;

std::string repeat(std::string_view unit, std::size_t size)
{
    std::string text;
    text.reserve(size + unit.size());
    while (text.size() < size)
        text += unit;
    return text;
}

void run_decode(benchmark::State& state, Encoding encoding, std::string_view line)
{
    const auto text = repeat(line, 1U << 20);
    for (auto _ : state)
        benchmark::DoNotOptimize(decode(text, encoding, 64U << 20).bytes.size());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void run_to_utf8(benchmark::State& state, const char* charset, std::string_view line)
{
    const auto text = repeat(line, 64U << 10);
    for (auto _ : state)
        benchmark::DoNotOptimize(to_utf8(text, charset, 2U << 20).utf8.size());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

/// Text in two forms and an attachment, as most mail is.
std::string everyday_mail(std::size_t attachment)
{
    std::string text = "From: A <a@example.org>\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
                       "Content-Type: multipart/mixed; boundary=\"outer\"\r\n\r\n--outer\r\n"
                       "Content-Type: multipart/alternative; boundary=\"inner\"\r\n\r\n--inner\r\n"
                       "Content-Type: text/plain; charset=utf-8\r\n\r\n";
    text += repeat("Plain words to read, line by line, as people write them.\r\n", 2000);
    text += "--inner\r\nContent-Type: text/html; charset=utf-8\r\n"
            "Content-Transfer-Encoding: quoted-printable\r\n\r\n<html><body>";
    text += repeat("<p style=3D\"color:black\">Words with <b>tags</b> and <a href=3D"
                   "\"http://www.example.org/x\">links</a>=\r\n</p>\r\n",
                   6000);
    text += "--inner--\r\n--outer\r\nContent-Type: application/octet-stream; name=a.bin\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\n";
    text += repeat("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5eHox\r\n",
                   attachment);
    return text + "--outer--\r\n";
}
}

static void content_base64(benchmark::State& state)
{
    run_decode(state, Encoding::base64,
               "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5eHoxMjM0\r\n");
}
BENCHMARK(content_base64);

static void content_quoted_printable(benchmark::State& state)
{
    run_decode(state, Encoding::quoted_printable,
               "Most of it is plain, some =3D is not, and lines end =E3=81=82 softly here=\r\n");
}
BENCHMARK(content_quoted_printable);

static void content_uuencode(benchmark::State& state)
{
    run_decode(state, Encoding::uuencode,
               "M_]C_X``02D9)1@`!`0$`2`!(``#__@\"45E0M0V]M<')E<W,@*'1M*2!8:6YG\r\n");
}
BENCHMARK(content_uuencode);

static void content_utf8(benchmark::State& state)
{
    run_to_utf8(state, "utf-8", "お世話になっております。plain words\r\n");
}
BENCHMARK(content_utf8);

static void content_iso_2022_jp(benchmark::State& state)
{
    run_to_utf8(state, "iso-2022-jp", "\x1B$B$*@$OC$K$J$C$F$*$j$^$9!#\x1B(B plain words\r\n");
}
BENCHMARK(content_iso_2022_jp);

static void content_guessed_charset(benchmark::State& state)
{
    run_to_utf8(state, "", "\x82\xA8\x90\xA2\x98\x62\x82\xC9\x82\xC8\x82\xC1\x82\xC4\r\n");
}
BENCHMARK(content_guessed_charset);

static void content_as_seen(benchmark::State& state)
{
    const auto text = repeat("お世話になっております。ＰＬＡＩＮ words\r\n", 64U << 10);
    for (auto _ : state)
        benchmark::DoNotOptimize(as_seen(text).size());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(content_as_seen);

static void content_parse_mime(benchmark::State& state)
{
    const auto text = everyday_mail(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state)
        benchmark::DoNotOptimize(parse_mime(text, Limits{}).parts.size());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(content_parse_mime)->Arg(0)->Arg(1 << 20);

static void content_analyse(benchmark::State& state)
{
    const auto text = everyday_mail(static_cast<std::size_t>(state.range(0)));
    const auto message = mail::Message::from_text(text);
    for (auto _ : state)
        benchmark::DoNotOptimize(analyse(message, Limits{}).files.size());
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(content_analyse)->Arg(0)->Arg(1 << 20);
