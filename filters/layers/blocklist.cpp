// SPDX-License-Identifier: Apache-2.0
#include "filters/blocklist.hpp"
#include "filters/feeds/feed_files.hpp"
#include "filters/layer.hpp"
#include "filters/loaded_tables.hpp"

#include <spdlog/spdlog.h>

namespace filters {
namespace {
/// Cuts blocklisted addresses off before they cost anything.
class BlocklistLayer final : public Layer {
public:
    BlocklistLayer(const Settings& settings, Services& services)
        : services_{services}, env_{services.env ? *services.env : net::Env::real()},
          list_{Blocklist::of(services)},
          is_silent_{settings.choice("action", {"reply", "silence"}) == 1},
          contact_{settings.text("contact")}, every_{settings.duration("look_every")}
    {
        BlocklistSources sources;
        for (auto& path : feeds::files_of(settings, "files", services_))
            sources.files.push_back({std::move(path), NetworkIndex::Effect::block});
        for (auto& path : feeds::files_of(settings, "allow_files", services_))
            sources.files.push_back({std::move(path), NetworkIndex::Effect::allow});
        sources.allow = settings.networks("allow");
        sources.block = settings.networks("block");
        sources.min_count = settings.number("min_count");
        take(settings, sources);
    }

    std::optional<mail::Reply> admit(const mail::Client& client) const override
    {
        if (services_.pool)
            list_->refresh(*services_.pool, env_.now(), every_);
        if (client.is_inside)
            return {};
        const auto now = env_.wall_now();
        const auto answer = list_->test(client.ip, services_.lists, now);
        if (!answer || answer->is_allowed)
            return {};
        list_->hit(answer->network, now);
        if (is_silent_)
            return mail::Reply{554, "5.7.1", "", true};
        return mail::Reply{554, "5.7.1",
                           "your address " + client.ip.to_string() + " is blocked here"
                               + (contact_.empty() ? "" : "; " + contact_),
                           true};
    }

private:
    /// Files that did not change since they were read are not read again.
    void take(const Settings& settings, const BlocklistSources& sources)
    {
        const auto before = list_->current();
        if (before && before->sources == sources && is_current(*before))
            return;
        auto loaded = load_blocklist(sources);
        if (!loaded)
            return settings.complain("files", loaded.error());
        for (const auto& file : (*loaded)->files)
            if (file.malformed > 0)
                spdlog::warn("blocklist: {}: {} lines are no networks", file.path, file.malformed);
        LoadedTables::on_publish(
            services_, [list = list_, next = std::move(*loaded)] { list->replace(next); });
    }

    Services& services_;
    net::Env& env_;
    std::shared_ptr<Blocklist> list_;
    bool is_silent_;
    std::string contact_;
    std::chrono::milliseconds every_;
};

std::unique_ptr<Layer> make(const Settings& settings, Services& services)
{
    return std::make_unique<BlocklistLayer>(settings, services);
}
}

extern const LayerType blocklist{
    .name = "blocklist",
    .summary = "Ends connections from blocked networks at once; local lists, reloaded live.",
    .settings
    = R"(# Files of blocked networks: one address or CIDR block a line, "#" begins a comment.
# They are looked at again without a restart; what cannot be read leaves the list as it was.
# feed:NAME/FILE is a file of a source of `update:`.
files: []
# Files of networks that are never blocked. The most specific network wins, at a tie the allowed.
allow_files: []
# The same, written here. `mailweir block add` and `allow add` take networks too.
allow: []
block: []
# Where the line's second column is a number (how many lists name the address): smaller ones are
# left out.
min_count: 0
# reply: 554 with the contact, then close. silence: close without a word.
action: reply
# Added to the reply; by default the url or phone of `contact:`.
contact: ""
look_every: 30 s
)",
    .is_listener_layer = true,
    .make = make,
};
}
