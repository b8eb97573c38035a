// SPDX-License-Identifier: Apache-2.0
#include "filters/dns_lists.hpp"
#include "gateway/mail/ascii.hpp"

#include <charconv>

namespace filters {
namespace {
using namespace std::chrono_literals;
constexpr auto rest_time = 10min;
constexpr unsigned most_failures = 20;

/// "4", "4-7" or "*".
bool read_range(std::string_view text, std::uint8_t& low, std::uint8_t& high)
{
    low = 0;
    high = 255;
    if (text == "*")
        return true;
    const auto dash = text.find('-');
    const auto read = [](std::string_view part, std::uint8_t& into) {
        const auto result = std::from_chars(part.data(), part.data() + part.size(), into);
        return !part.empty() && result.ec == std::errc{} && result.ptr == part.data() + part.size();
    };
    if (!read(text.substr(0, dash), low))
        return false;
    if (dash == text.npos) {
        high = low;
        return true;
    }
    return read(text.substr(dash + 1), high) && low <= high;
}

bool read_code(std::string_view text, ReturnCodes::Code& code)
{
    const auto equals = text.find('=');
    if (equals != text.npos) {
        const auto value = mail::trimmed(text.substr(equals + 1));
        double weight = 0;
        const auto result = std::from_chars(value.data(), value.data() + value.size(), weight);
        if (result.ec != std::errc{} || result.ptr != value.data() + value.size())
            return false;
        code.weight = weight;
    }
    auto pattern = mail::trimmed(text.substr(0, equals));
    for (std::size_t i = 0; i < 4; ++i) {
        const auto dot = pattern.find('.');
        if ((dot == pattern.npos) != (i == 3)
            || !read_range(pattern.substr(0, dot), code.low[i], code.high[i]))
            return false;
        pattern.remove_prefix(dot == pattern.npos ? pattern.size() : dot + 1);
    }
    return true;
}
}

std::expected<ReturnCodes, std::string> ReturnCodes::parse(const std::vector<std::string>& texts)
{
    ReturnCodes codes;
    for (const auto& text : texts)
        if (!read_code(text, codes.codes_.emplace_back()))
            return std::unexpected{"\"" + text
                                   + "\" is no answer of a list: 127.0.0.2, "
                                     "127.0.0.4-7 or 127.0.*.1 = -2"};
    return codes;
}

const ReturnCodes::Code* ReturnCodes::find(std::string_view octets) const
{
    const auto fits = [&](const Code& code) {
        for (std::size_t i = 0; i < 4; ++i) {
            const auto octet = static_cast<std::uint8_t>(octets[i]);
            if (octet < code.low[i] || octet > code.high[i])
                return false;
        }
        return true;
    };
    if (octets.size() == 4)
        for (const auto& code : codes_)
            if (fits(code))
                return &code;
    return nullptr;
}

bool DnsListState::may_ask(Time now)
{
    const std::lock_guard lock{mutex_};
    if (numbers_.is_resting) {
        if (now < rests_until_)
            return false;
        rests_until_ = now + rest_time;
    }
    ++numbers_.asked;
    return true;
}

void DnsListState::answered(bool is_hit)
{
    const std::lock_guard lock{mutex_};
    failures_in_a_row_ = 0;
    numbers_.is_resting = false;
    numbers_.problem.clear();
    numbers_.hits += is_hit ? 1 : 0;
}

void DnsListState::refused(std::string problem, Time now)
{
    const std::lock_guard lock{mutex_};
    ++numbers_.refusals;
    rest(std::move(problem), now);
}

void DnsListState::failed(std::string problem, Time now)
{
    const std::lock_guard lock{mutex_};
    ++numbers_.failures;
    if (++failures_in_a_row_ >= most_failures)
        rest(std::move(problem), now);
}

void DnsListState::rest(std::string problem, Time now)
{
    numbers_.is_resting = true;
    numbers_.problem = std::move(problem);
    rests_until_ = now + rest_time;
}

DnsListState::Report DnsListState::report() const
{
    const std::lock_guard lock{mutex_};
    return numbers_;
}

std::shared_ptr<DnsLists> DnsLists::of(Services& services)
{
    auto& kept = services.kept("dns_lists");
    if (!kept)
        kept = std::make_shared<DnsLists>();
    return std::static_pointer_cast<DnsLists>(kept);
}

std::shared_ptr<DnsListState> DnsLists::state(const std::string& zone)
{
    const std::lock_guard lock{mutex_};
    auto& state = states_[zone];
    if (!state)
        state = std::make_shared<DnsListState>();
    return state;
}

std::vector<DnsListState::Report> DnsLists::reports() const
{
    const std::lock_guard lock{mutex_};
    std::vector<DnsListState::Report> reports;
    for (const auto& [zone, state] : states_)
        if (state.use_count() > 1) {
            reports.push_back(state->report());
            reports.back().zone = zone;
        }
    return reports;
}
}
