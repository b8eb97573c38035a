// SPDX-License-Identifier: Apache-2.0
#include "filters/auth/key_lookup.hpp"

#include <algorithm>
#include <cassert>

namespace filters::auth {
namespace {
void read(KeyAnswer& answer, const net::DnsAnswer& records, std::size_t smallest_rsa)
{
    const auto count = std::min(records.records.size(), KeyAnswer::most_records);
    for (std::size_t i = 0; i < count; ++i) {
        auto record = DkimKey::parse(records.records[i].data);
        auto key = record ? PublicKey::make(*record, smallest_rsa)
                          : std::expected<PublicKey, mail::Problem>{std::unexpect, record.error()};
        if (key)
            answer.keys.push_back({std::move(*record), std::move(*key)});
        else if (answer.problem.empty())
            answer.problem = key.error().text;
    }
}

net::awaitable<void> ask(Dns& dns, KeyAnswer& answer, std::size_t smallest_rsa)
{
    const auto said = co_await dns.ask(answer.name, net::RecordType::txt);
    if (said->is_found()) {
        read(answer, *said, smallest_rsa);
    } else {
        answer.is_temporary = said->has_failed();
        answer.problem = said->has_failed() ? "the key could not be looked up" : "there is no key";
    }
}
}

net::awaitable<std::vector<KeyAnswer>> find_keys(Dns& dns, std::vector<std::string> names,
                                                 std::size_t smallest_rsa)
{
    std::ranges::sort(names);
    names.erase(std::ranges::unique(names).begin(), names.end());
    std::vector<KeyAnswer> answers(names.size());
    std::vector<net::awaitable<void>> questions;
    for (std::size_t i = 0; i < names.size(); ++i) {
        answers[i].name = std::move(names[i]);
        questions.push_back(ask(dns, answers[i], smallest_rsa));
    }
    if (questions.size() == 1)
        co_await std::move(questions.front());
    else if (!questions.empty())
        co_await net::all(std::move(questions));
    co_return answers;
}

const KeyAnswer& answer_for(const std::vector<KeyAnswer>& answers, const std::string& name)
{
    const auto found = std::ranges::find(answers, name, &KeyAnswer::name);
    assert(found != answers.end());
    return *found;
}
}
