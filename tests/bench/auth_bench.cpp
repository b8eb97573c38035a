// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/dkim.hpp"
#include "filters/auth/dkim_sign.hpp"
#include "filters/auth/dmarc.hpp"
#include "filters/auth/spf.hpp"

#include <map>
#include <optional>

#include <benchmark/benchmark.h>

#ifdef MAILWEIR_WITH_OPENDKIM
#define _Bool bool // its header is written for C
extern "C" {
#include <opendkim/dkim.h>
}
#undef _Bool
#include <cstring>
#endif

// A signed message of 16 KiB, every DNS answer at hand: what SPF, DKIM and DMARC cost the
// processor, beside opendkim's library, which does DKIM alone. tests/bench/auth prints the ratios.
namespace {
using namespace filters;
using net::RecordType;

template <class T> T complete(net::Loop& loop, net::awaitable<T> work)
{
    std::optional<T> result;
    const auto keep = [](net::awaitable<T> from, std::optional<T>& into) -> net::awaitable<void> {
        into.emplace(co_await std::move(from));
    };
    loop.spawn("bench", keep(std::move(work), result));
    loop.run();
    return std::move(*result);
}

/// Answers at hand, shared as the cache shares them.
class WarmDns final : public auth::Dns {
public:
    void add(std::string name, std::string record)
    {
        answers_[std::move(name)] = std::make_shared<const net::DnsAnswer>(net::DnsAnswer{
            .status = net::DnsAnswer::Status::found, .records = {{.data = std::move(record)}}});
    }
    net::awaitable<net::DnsAnswerPtr> ask(std::string name, RecordType) override
    {
        const auto found = answers_.find(name);
        co_return found == answers_.end() ? none_ : found->second;
    }

private:
    std::map<std::string, net::DnsAnswerPtr> answers_;
    net::DnsAnswerPtr none_ = std::make_shared<const net::DnsAnswer>(
        net::DnsAnswer{.status = net::DnsAnswer::Status::no_name});
};

struct Scene {
    net::Loop loop{net::Env::real()};
    WarmDns dns;
    auth::PrivateKey key;
    std::string text;
    mail::Message message;

    explicit Scene(auth::KeyType type) : key{auth::PrivateKey::generate(type)}
    {
        text = "Received: from mx.example.org by mx.example.jp; Mon, 2 Nov 2026 10:00:00 +0900\r\n"
               "From: Ann <ann@example.org>\r\nTo: bob@example.jp\r\nSubject: The report\r\n"
               "Date: Mon, 2 Nov 2026 10:00:00 +0900\r\nMessage-ID: <1@example.org>\r\n"
               "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n";
        for (int line = 0; text.size() < 16 * 1024; ++line)
            text += line % 9 == 8
                ? "\r\n"
                : "A line of an ordinary letter, as people write them, with words,"
                  " and a full stop.\r\n";
        auth::DkimSigning signing{
            .domain = "example.org", .selector = "sel", .time = std::chrono::system_clock::now()};
        const auto plain = mail::Message::from_text(text);
        text = complete(loop, auth::sign_dkim(plain, key, signing, nullptr)) + text;
        message = mail::Message::from_text(text);
        dns.add("sel._domainkey.example.org", key.record());
        dns.add("example.org", "v=spf1 ip4:198.51.100.0/24 ip4:192.0.2.0/24 -all");
        dns.add("_dmarc.example.org", "v=DMARC1; p=reject; rua=mailto:d@example.org");
    }
    bool dkim_passes()
    {
        const auto results = complete(
            loop, auth::verify_dkim(message, dns, nullptr, std::chrono::system_clock::now()));
        return results.at(0).outcome == auth::DkimOutcome::pass;
    }
};

void dkim_verify(benchmark::State& state, auth::KeyType type)
{
    Scene scene{type};
    for (auto _ : state)
        if (!scene.dkim_passes())
            state.SkipWithError("the signature does not verify");
}
BENCHMARK_CAPTURE(dkim_verify, rsa_2048, auth::KeyType::rsa);
BENCHMARK_CAPTURE(dkim_verify, ed25519, auth::KeyType::ed25519);

void spf_dkim_dmarc(benchmark::State& state)
{
    Scene scene{auth::KeyType::rsa};
    const auto ip = *mail::Ip::parse("192.0.2.7");
    const auto domain = *mail::Domain::parse("example.org");
    for (auto _ : state) {
        const auto spf
            = complete(scene.loop,
                       auth::check_spf(auth::spf_question(ip, "mx.example.org", "ann@example.org"),
                                       scene.dns));
        auth::DmarcQuestion question{.author = auth::author_of(scene.message.header())};
        if (spf.result == auth::SpfResult::pass)
            question.identities.push_back(
                {.method = auth::Identity::Method::spf, .domain = domain});
        if (scene.dkim_passes())
            question.identities.push_back(
                {.method = auth::Identity::Method::dkim, .domain = domain});
        const auto dmarc = complete(scene.loop, auth::check_dmarc(question, scene.dns));
        if (question.identities.size() != 2 || dmarc.result != auth::DmarcResult::pass)
            state.SkipWithError("not all pass");
    }
}
BENCHMARK(spf_dkim_dmarc);

#ifdef MAILWEIR_WITH_OPENDKIM
std::string peer_record;

DKIM_STAT peer_key(DKIM*, DKIM_SIGINFO*, unsigned char* buffer, std::size_t size)
{
    if (peer_record.size() + 1 > size)
        return DKIM_STAT_NOKEY;
    std::memcpy(buffer, peer_record.c_str(), peer_record.size() + 1);
    return DKIM_STAT_OK;
}

unsigned char* octets(std::string_view text)
{
    return reinterpret_cast<unsigned char*>(const_cast<char*>(text.data()));
}

bool peer_passes(DKIM_LIB* library, const Scene& scene)
{
    DKIM_STAT status = DKIM_STAT_OK;
    DKIM* dkim = ::dkim_verify(library, octets("bench"), nullptr, &status);
    for (const auto& field : scene.message.header().fields())
        dkim_header(dkim, octets(std::string_view{scene.text}.substr(field.offset)),
                    field.length - 2);
    dkim_eoh(dkim);
    dkim_body(dkim, octets(std::string_view{scene.text}.substr(scene.message.body_offset())),
              scene.text.size() - scene.message.body_offset());
    status = dkim_eom(dkim, nullptr);
    dkim_free(dkim);
    return status == DKIM_STAT_OK;
}

void opendkim_verify(benchmark::State& state)
{
    Scene scene{auth::KeyType::rsa};
    peer_record = scene.key.record();
    DKIM_LIB* library = dkim_init(nullptr, nullptr);
    dkim_set_key_lookup(library, peer_key);
    for (auto _ : state)
        if (!peer_passes(library, scene))
            state.SkipWithError("the signature does not verify");
    dkim_close(library);
}
BENCHMARK(opendkim_verify);
#endif
}
