// SPDX-License-Identifier: Apache-2.0
#include "filters/layer.hpp"
#include "filters/loaded_tables.hpp"
#include "filters/sources.hpp"
#include "storage/counters.hpp"

#include <algorithm>
#include <atomic>

namespace filters {
namespace {
constexpr std::string_view early_talker = "dos.early_talker";

enum Purpose : std::uint64_t { all = 1, from_network, harvest, junk, slow, banned, early };
constexpr std::size_t capacity = 200'000;

using Counters = std::shared_ptr<storage::WindowCounters>;

/// Counters of windows, made anew when a window's length changes. Loops use the ones of their own
/// layer, which nobody reassigns.
struct Windows {
    Counters offences, bans, early;
    Counters earlier_bans; ///< those of the last other length, until they are over; may be null
};

/// Survives reloads.
struct DosState {
    storage::OpenCounters open;
    std::atomic<unsigned> tarpitted{0};
    Windows windows; ///< of the configuration in service; only for making the next layer
};

Counters refitted(const Counters& kept, std::chrono::milliseconds window)
{
    const auto seconds = std::max(std::chrono::duration_cast<std::chrono::seconds>(window),
                                  std::chrono::seconds{1});
    if (kept && kept->window() == seconds)
        return kept;
    return std::make_shared<storage::WindowCounters>(capacity, seconds);
}

/// Guards the slots and the patience of the gateway against single sources.
class Dos final : public Layer {
public:
    Dos(const Settings& settings, Services& services)
        : env_{services.env ? *services.env : net::Env::real()},
          connections_{count(settings, "connections")},
          per_source_{
              std::min(count(settings, "connections_per_source"), std::max(4U, connections_ / 10))},
          unknown_{static_cast<double>(count(settings, "unknown_recipients"))},
          junk_{static_cast<double>(count(settings, "junk_sessions"))},
          slow_{static_cast<double>(count(settings, "slow_sessions"))},
          tarpit_{settings.duration("tarpit")},
          tarpit_after_{static_cast<double>(count(settings, "tarpit_after"))},
          places_{std::min(count(settings, "tarpit_sessions"), std::max(1U, connections_ / 20))},
          exempt_{settings.networks("exempt")}
    {
        if (tarpit_ < std::chrono::seconds{0} || tarpit_ > std::chrono::seconds{30})
            settings.complain("tarpit", "\"tarpit\" must be from 0 s (off) to 30 s");
        auto& kept = services.kept("dos");
        if (!kept)
            kept = std::make_shared<DosState>();
        state_ = std::static_pointer_cast<DosState>(kept);
        const auto& before = state_->windows;
        windows_ = {.offences = refitted(before.offences, settings.duration("window")),
                    .bans = refitted(before.bans, settings.duration("refuse_for")),
                    .early = refitted(before.early, std::chrono::minutes{10}),
                    .earlier_bans = before.earlier_bans};
        if (windows_.bans != before.bans)
            windows_.earlier_bans = before.bans;
        LoadedTables::on_publish(
            services, [state = state_, windows = windows_] { state->windows = windows; });
    }

    std::optional<mail::Reply> admit(const mail::Client& client) const override
    {
        const bool is_free = is_exempt(client, exempt_);
        if (!is_free && is_banned(client))
            return refusal("4.7.0", "too many errors from your address; try again later");
        // The exempt are counted too, so that every departure finds what it takes back.
        const auto source_limit = is_free ? connections_ : per_source_;
        const auto source = source_key(client.ip, Source::network, from_network);
        if (state_->open.enter(source, source_limit) == 0)
            return refusal("4.7.0", "too many connections from your network; try again later");
        if (state_->open.enter(all, connections_) == 0) {
            state_->open.leave(source);
            return refusal("4.3.2", "too many connections; try again later");
        }
        return {};
    }

    void depart(const mail::Client& client) const override
    {
        state_->open.leave(all);
        state_->open.leave(source_key(client.ip, Source::network, from_network));
    }

    std::optional<mail::Reply> observe(const mail::Client& client, Incident incident) const override
    {
        if (incident == Incident::early_talk)
            windows_.early->add(connection_key(client), 1, env_.now());
        if (is_exempt(client, exempt_))
            return {};
        if (incident == Incident::unknown_recipient && offends(client, harvest, unknown_))
            return refusal("4.7.0", "too many unknown recipients; try again later");
        if (incident == Incident::junk_command)
            offends(client, junk, junk_);
        if (incident == Incident::too_slow)
            offends(client, slow, slow_);
        return {};
    }

    Tarpit tarpit(const mail::Client& client) const override
    {
        if (tarpit_.count() == 0 || is_exempt(client, exempt_)
            || offences(client, harvest) + offences(client, junk) < tarpit_after_)
            return {};
        if (state_->tarpitted.fetch_add(1) >= places_) {
            state_->tarpitted.fetch_sub(1);
            return {}; // all places are taken: slots matter more than this client's time
        }
        const auto leave = [state = state_](const void*) { state->tarpitted.fetch_sub(1); };
        return {tarpit_, std::shared_ptr<const void>{state_.get(), leave}};
    }

    Inspection inspect_sender(const mail::Mail& mail) const override
    {
        Findings findings;
        if (!windows_.early->is_unused()
            && windows_.early->add(connection_key(mail.client), 0, env_.now()) > 0)
            findings.push_back({.name = early_talker});
        return findings;
    }

private:
    static unsigned count(const Settings& settings, std::string_view key)
    {
        const auto value = settings.number(key);
        if (value < 1 || value > 10'000'000)
            settings.complain(key, "\"" + std::string{key} + "\" must be from 1 to 10000000");
        return static_cast<unsigned>(std::clamp<std::int64_t>(value, 1, 10'000'000));
    }
    static mail::Reply refusal(std::string enhanced, std::string text)
    {
        return {421, std::move(enhanced), std::move(text), true};
    }
    std::uint64_t ban_key(const mail::Client& client) const
    {
        return source_key(client.ip, Source::address, banned);
    }
    bool is_banned(const mail::Client& client) const
    {
        const auto holds = [&](const Counters& bans) {
            return bans && !bans->is_unused() && bans->add(ban_key(client), 0, env_.now()) > 0;
        };
        return holds(windows_.bans) || holds(windows_.earlier_bans);
    }
    /// Counts an offence; past its limit the source is refused for a while.
    bool offends(const mail::Client& client, Purpose what, double limit) const
    {
        const auto now = env_.now();
        if (windows_.offences->add(source_key(client.ip, Source::address, what), 1, now) < limit)
            return false;
        windows_.bans->add(ban_key(client), 1, now);
        return true;
    }
    double offences(const mail::Client& client, Purpose what) const
    {
        return windows_.offences->add(source_key(client.ip, Source::address, what), 0, env_.now());
    }
    static std::uint64_t connection_key(const mail::Client& client)
    {
        std::array<std::uint8_t, 18> bytes{};
        std::copy(client.ip.bytes().begin(), client.ip.bytes().end(), bytes.begin());
        bytes[16] = static_cast<std::uint8_t>(client.port >> 8);
        bytes[17] = static_cast<std::uint8_t>(client.port & 0xFF);
        return storage::counter_key(bytes.data(), bytes.size(), early);
    }

    net::Env& env_;
    unsigned connections_, per_source_;
    double unknown_, junk_, slow_;
    std::chrono::milliseconds tarpit_;
    double tarpit_after_;
    unsigned places_; ///< in the tarpit, over all loops
    std::vector<mail::Network> exempt_;
    std::shared_ptr<DosState> state_;
    Windows windows_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services& services)
{
    return std::make_unique<Dos>(settings, services);
}
}

extern const LayerType dos{
    .name = "dos",
    .summary = "Guards the gateway's slots against floods, address harvesting and junk.",
    .findings = {
        {.name = early_talker,
         .english = "The client spoke before it was its turn.",
         .japanese = "クライアントが応答を待たずに送信しました。"},
    },
    .settings = R"(# Connections in all; by default what `limits:` says.
connections: 20000
# Connections of one network (/24, /48); never more than a tenth of all, but at least 4.
connections_per_source: 50
# Harvest stop: so many unknown recipients of one address in the window end the session.
unknown_recipients: 30
# So many junk commands, or transfers ended for slowness, in the window count as an attack.
junk_sessions: 200
slow_sessions: 20
window: 10 min
# After so many unknown recipients and junk commands of one address in the window, each refusal to
# it is kept back for this long; 0 s: never.
tarpit: 2 s
tarpit_after: 10
# So many sessions at once are kept waiting, never more than a twentieth of the connections; the
# others are answered at once.
tarpit_sessions: 200
# How long such an address is answered "try again later" at the door.
refuse_for: 15 min
# Never refused by this layer, besides inside networks and listed forwarders.
exempt: ["127.0.0.0/8", "::1"]
)",
    .is_listener_layer = true,
    .make = make,
};
}
