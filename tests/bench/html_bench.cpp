// SPDX-License-Identifier: Apache-2.0
// What parsing of content costs, over honest input and over input made to be slow.
#include "filters/content/html.hpp"
#include "filters/content/url.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <string>

namespace {
using namespace filters::content;

std::string repeated(std::string_view piece, std::size_t size)
{
    std::string out;
    while (out.size() < size)
        out += piece;
    return out;
}

struct Input {
    std::string_view name, head, piece;
};
constexpr std::array<Input, 16> html_inputs{
    {{"page", "",
      "<tr><td style=\"color:#333;font-size:14px\"><a href=\"https://www.example.com/a?b=c&amp;d\">"
      "Some words to read</a> and more of them, as mail has them.</td></tr>\n"},
     {"open_brackets", "", "<"},
     {"links", "", "<a>"},
     {"blocks", "", "<p>"},
     {"formatting", "", "<p><b>"},
     {"deep_formatting", "", "<p><b><i><u><s>"},
     {"items", "<dl><div><div><div><div><div><div><div><div><div>", "<dd>"},
     {"references", "", "&Counterclockwis"},
     {"comments", "", "<!--[if mso]><a href=x>-->"},
     {"dashes", "<!--", "--!"},
     {"attributes", "<a ", "a=b "},
     {"declarations", "<p style='", "a:b;"},
     {"backgrounds", "<p style='background:", "a "},
     {"selectors", "<style>", "a,"},
     {"classes", "<style>.a{color:red}</style>", "<p class='a a a a a a a a'>"},
     {"scripts", "<script>", "<!--<script>"}}};

/// 8 MiB beyond the limit of what is read, so that nothing but speed counts.
void content_html(benchmark::State& state)
{
    const auto& input = html_inputs[static_cast<std::size_t>(state.range(0))];
    const auto html = std::string{input.head} + repeated(input.piece, 8U << 20);
    Limits limits;
    limits.text_bytes = html.size();
    for (auto _ : state)
        benchmark::DoNotOptimize(read_html(html, limits));
    state.SetLabel(std::string{input.name});
    state.SetBytesProcessed(static_cast<std::int64_t>(html.size())
                            * static_cast<std::int64_t>(state.iterations()));
    state.counters["ns/B"] = benchmark::Counter(static_cast<double>(html.size()) * 1e-9,
                                                benchmark::Counter::kIsIterationInvariantRate
                                                    | benchmark::Counter::kInvert);
}

void content_find_urls(benchmark::State& state)
{
    constexpr std::array<std::string_view, 5> pieces{
        "Words to read, https://www.example.com/a?b=c and more. ", "ab.zz ", "http://\u3042 ",
        "http://x.zz)", "a."};
    const auto text = repeated(pieces[static_cast<std::size_t>(state.range(0))], 4U << 20);
    for (auto _ : state)
        benchmark::DoNotOptimize(find_urls(text, 1000));
    state.SetBytesProcessed(static_cast<std::int64_t>(text.size())
                            * static_cast<std::int64_t>(state.iterations()));
}

void content_parse_url(benchmark::State& state)
{
    for (auto _ : state)
        benchmark::DoNotOptimize(parse_url("https://www.example.com/a/b/c?d=e&f=g#h"));
}

BENCHMARK(content_html)->DenseRange(0, html_inputs.size() - 1)->Unit(benchmark::kMillisecond);
BENCHMARK(content_find_urls)->DenseRange(0, 4)->Unit(benchmark::kMillisecond);
BENCHMARK(content_parse_url);
}
