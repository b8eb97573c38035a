// SPDX-License-Identifier: Apache-2.0
// The framer over a message's bytes, and addresses as MAIL and RCPT bring them.
#include "gateway/mail/address.hpp"
#include "gateway/smtp/framer.hpp"

#include <benchmark/benchmark.h>

namespace {
std::string lines(std::size_t size)
{
    std::string text;
    while (text.size() < size)
        text += "an ordinary line of some seventy characters, as mail programs wrap them\r\n";
    text.resize(size - 2);
    return text + "\r\n.\r\n";
}

void framer(benchmark::State& state)
{
    const auto text = lines(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        smtp::Framer framer{smtp::Framer::Ending::dot};
        benchmark::DoNotOptimize(framer.scan(text));
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(framer)->Arg(4096)->Arg(1 << 20);

void parse_path(benchmark::State& state)
{
    for (auto _ : state)
        benchmark::DoNotOptimize(mail::parse_path("<some.body@mail.example.jp> SIZE=4096"));
}
BENCHMARK(parse_path);

void mailbox_key(benchmark::State& state)
{
    const auto mailbox = mail::Mailbox::parse("Some.Body@mail.example.jp").value();
    for (auto _ : state)
        benchmark::DoNotOptimize(mailbox.key());
}
BENCHMARK(mailbox_key);
}
