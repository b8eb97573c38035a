// SPDX-License-Identifier: Apache-2.0
// SPF records, macros and explanations, evaluated against a DNS made of the same octets.
// First line: sender; second: HELO; every further line a TXT record, given to whoever asks next.
#include "filters/auth/spf_record.hpp"
#include "gateway/mail/ascii.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/support/memory_dns.hpp"

#include <algorithm>
#include <cstdint>

namespace {
using namespace filters::auth;
using net::RecordType;

/// Ten terms, each with a look-up of its own and one of each of ten names, and the explanation.
constexpr std::size_t most_questions = 1 + 10 * 11 + 10 + 2;

class Records final : public Dns {
public:
    explicit Records(std::vector<std::string> texts) : texts_{std::move(texts)} { }

    net::awaitable<net::DnsAnswerPtr> ask(std::string name, RecordType type) override
    {
        require(++asked_ <= most_questions);
        require(std::ranges::all_of(name, mail::is_printable));
        net::DnsAnswer answer{.status = net::DnsAnswer::Status::found};
        const auto number = asked_ % 13;
        if (number == 12)
            answer = {.problem = "SERVFAIL"};
        else if (number == 11)
            answer.status = net::DnsAnswer::Status::no_name;
        else if (type == RecordType::txt && !texts_.empty())
            answer.records = {{.data = texts_[asked_ % texts_.size()]}};
        else if (type == RecordType::a)
            answer.records = {{.data = std::string{"\xC0\0\2\1", 4}}};
        else if (type == RecordType::aaaa)
            answer.records = {{.data = std::string(16, '\x20')}};
        else
            answer.records.assign(number, {.data = "h" + std::to_string(asked_) + ".example"});
        co_return std::make_shared<const net::DnsAnswer>(std::move(answer));
    }

private:
    std::vector<std::string> texts_;
    std::size_t asked_ = 0;
};

std::vector<std::string> lines_of(std::string_view text)
{
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        lines.emplace_back(line);
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    return lines;
}

void check_text(std::string_view text)
{
    if (is_spf(text))
        if (const auto record = SpfRecord::parse(text))
            require(record->terms.size() <= SpfRecord::most_terms);
    const SpfMacroValues values{.local = "a.b", .sender_domain = "c.example", .helo = "h"};
    if (const auto domain = SpfMacroString::parse_domain(text))
        domain->domain_name(values);
    if (const auto explanation = SpfMacroString::parse_explanation(text)) {
        const auto said = explanation->text(values);
        require(said.size() <= SpfMacroString::longest_text);
        require(std::ranges::all_of(said, mail::is_printable));
    }
}
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    auto lines = lines_of({reinterpret_cast<const char*>(data), size});
    for (const auto& line : lines)
        check_text(line);
    if (lines.size() < 3)
        return 0;
    const auto ip = mail::Ip::parse(size % 2 == 0 ? "192.0.2.1" : "2001:db8::1");
    auto question = spf_question(*ip, lines[1], lines[0]);
    question.wants_explanation = true;
    lines.erase(lines.begin(), lines.begin() + 2);
    Records dns{std::move(lines)};
    const auto answer = support::complete(check_spf(question, dns));
    require(answer.domain == question.domain);
    require(answer.explanation.empty() || answer.result == SpfResult::fail);
    require((answer.result == SpfResult::temperror || answer.result == SpfResult::permerror)
            == (!answer.problem.empty() && answer.result != SpfResult::none));
    return 0;
}
