// SPDX-License-Identifier: Apache-2.0
#include "filters/gone_addresses.hpp"

#include "filters/habit_table.hpp"
#include "filters/roster.hpp"
#include "filters/sender_directory.hpp"

#include <spdlog/spdlog.h>

#include <atomic>
#include <set>

namespace filters {
namespace {
using namespace std::chrono_literals;
using Answer = RecipientVerifier::Answer;
constexpr auto pause_of_rounds = 6h;
constexpr std::size_t at_once = 20;
constexpr auto breath = 20ms; ///< behind each `at_once`: mail goes first
constexpr std::size_t most_asked = 200'000;

std::atomic<std::shared_ptr<const GoneAddresses>>& place()
{
    static std::atomic<std::shared_ptr<const GoneAddresses>> gone{
        std::make_shared<const GoneAddresses>()};
    return gone;
}

/// Accounts and members to ask about; a list itself is known by its roster. Blocks a little.
std::set<std::string> names_to_ask(const Services& services)
{
    constexpr std::size_t slice = 500;
    const auto rosters = Rosters::here();
    std::set<std::string> names;
    const auto add = [&](const std::string& name) {
        const auto address = mail::Mailbox::parse(name);
        const bool is_ours = !address || services.is_own_domain(address->domain());
        if (is_ours && names.size() < most_asked && !rosters->lists.contains(name))
            names.insert(name);
    };
    std::string after;
    for (bool is_more = true; is_more;) {
        const auto some = HabitTable::here().list(true, after, slice, services.env->wall_now());
        for (const auto& one : some)
            add(after = one.account);
        is_more = some.size() == slice;
    }
    for (const auto& [list, entry] : rosters->lists)
        for (const auto& member : entry.members)
            add(member);
    return names;
}

/// One round over all names.
class Round {
public:
    explicit Round(Services& services) : services_{services} { }
    net::awaitable<void> ask(std::string name)
    {
        if (const auto address = mail::Mailbox::parse(name))
            co_await ask_about_address(name, *address);
        else
            co_await ask_about_sign_in(std::move(name));
    }
    std::shared_ptr<const GoneAddresses> found() { return found_; }

private:
    net::awaitable<void> ask_about_address(std::string name, mail::Mailbox address)
    {
        const auto domain = address.domain();
        if (away_.contains(domain.ascii())) {
            keep(name);
            co_return;
        }
        const auto result = co_await services_.recipients->verify(std::move(address));
        if (result.answer == Answer::unknown) {
            found_->all[name] = Gone::address;
        } else if (result.answer == Answer::unavailable) {
            away_.insert(domain.ascii());
            keep(name);
        }
    }
    net::awaitable<void> ask_about_sign_in(std::string name)
    {
        auto* const directory = SenderDirectory::of(services_);
        if (!directory || !directory->knows_all())
            co_return;
        if (is_directory_away_) {
            keep(name);
            co_return;
        }
        try {
            if (!co_await directory->addresses_of(name))
                found_->all[name] = Gone::sign_in;
        } catch (const std::exception&) {
            is_directory_away_ = true;
            keep(name);
        }
    }
    /// As it was before.
    void keep(const std::string& name)
    {
        if (const auto old = before_->all.find(name); old != before_->all.end())
            found_->all.insert(*old);
    }

    Services& services_;
    std::shared_ptr<const GoneAddresses> before_ = GoneAddresses::here();
    std::shared_ptr<GoneAddresses> found_ = std::make_shared<GoneAddresses>();
    std::set<std::string> away_; ///< domains whose recipients nobody can be asked about now
    bool is_directory_away_ = false;
};
}

std::shared_ptr<const GoneAddresses> GoneAddresses::here() { return place().load(); }
void GoneAddresses::put_here(std::shared_ptr<const GoneAddresses> gone)
{
    place().store(std::move(gone));
}

bool GoneRounds::is_due(const std::shared_ptr<const void>& configuration)
{
    const auto now = services_.env->now();
    const bool is_other
        = configuration_.lock() != configuration || lists_.lock() != Rosters::here();
    if (is_under_way_ || (!is_other && now - begun_ < pause_of_rounds))
        return false;
    configuration_ = configuration;
    return true;
}

net::awaitable<void> GoneRounds::look()
{
    is_under_way_ = true;
    begun_ = services_.env->now();
    lists_ = Rosters::here();
    try {
        const auto names = co_await services_.pool->run([this] { return names_to_ask(services_); });
        Round round{services_};
        std::size_t asked = 0;
        for (const auto& name : names) {
            co_await round.ask(name);
            if (++asked % at_once == 0)
                co_await net::sleep(breath);
        }
        GoneAddresses::put_here(round.found());
    } catch (const std::exception& error) {
        spdlog::warn("who is gone could not be found out: {}", error.what());
    }
    is_under_way_ = false;
}
}
