// SPDX-License-Identifier: Apache-2.0
// DMARC records and the From they are for. First line: From; the rest: TXT records, one a line, at
// _dmarc of the author's domain and of all above it in turn.
#include "filters/auth/dmarc.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/support/memory_dns.hpp"

#include <cstdint>

namespace {
using namespace filters::auth;

void check_record(std::string_view text, DmarcStandard standard)
{
    if (!is_dmarc(text))
        return;
    const auto record = DmarcRecord::parse(text, standard);
    require(record ? record->percent <= 100 : !record.error().text.empty());
}

void check(std::string_view from, const std::vector<std::string>& texts, DmarcStandard standard)
{
    const auto author = author_of(mail::Header::parse("From: " + std::string{from} + "\r\n"));
    support::MemoryDns dns;
    auto at = author.domain ? author.domain->ascii() : "";
    for (const auto& text : texts) {
        dns.add("_dmarc." + at, net::RecordType::txt, text);
        if (const auto dot = at.find('.'); dot != std::string::npos)
            at = at.substr(dot + 1);
    }
    DmarcQuestion question{.author = author, .standard = standard, .sample = std::string{from}};
    const auto alone = support::complete(check_dmarc(question, dns));
    require(alone.result != DmarcResult::pass);
    require(alone.wanted <= alone.policy);
    require(dns.asked.size() <= 9);
    if (!author.domain)
        return;
    question.identities.push_back({Identity::Method::dkim, *author.domain, true});
    const auto signed_by_itself = support::complete(check_dmarc(question, dns));
    require(signed_by_itself.result != DmarcResult::fail);
    require(signed_by_itself.wanted == DmarcPolicy::none);
    require(signed_by_itself.result != DmarcResult::pass || author.ambiguity.empty());
}
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto from = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(from.size() + 1, text.size()));
    std::vector<std::string> texts;
    while (!text.empty() && texts.size() < 16) {
        texts.emplace_back(text.substr(0, text.find('\n')));
        text.remove_prefix(std::min(texts.back().size() + 1, text.size()));
    }
    for (const auto standard : {DmarcStandard::rfc7489, DmarcStandard::rfc9989}) {
        for (const auto& record : texts)
            check_record(record, standard);
        check(from, texts, standard);
    }
    return 0;
}
