// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/layer.hpp"

#include <memory>
#include <string>
#include <vector>

namespace filters {
/// The layers of one configuration, in waves by `after`. Inside a wave all run at once; layer
/// faults and time-outs become "<layer>.error". Immutable; shared by all loops.
class Chain {
public:
    struct Link {
        const LayerType* type = nullptr;
        std::unique_ptr<Layer> layer = {}; ///< may be null: content only
        std::unique_ptr<ContentLayer> content = {}; ///< may be null
        std::chrono::milliseconds limit{10'000};
    };
    /// The links' `after` must make no circle (see `circle`). `services` is for the scan and
    /// outlives the chain; it may be null where no link has a content layer.
    explicit Chain(std::vector<Link> links, Services* services = nullptr);
    ~Chain();
    /// Names of layers that wait for each other, or "" if there are none.
    static std::string circle(const std::vector<const LayerType*>& types);

    /// The first reply ends it; layers that had let the client in hear `depart`.
    std::optional<mail::Reply> admit(const mail::Client& client) const;
    void depart(const mail::Client& client) const;
    /// Every layer hears of it; the first reply wins.
    std::optional<mail::Reply> observe(const mail::Client& client, Incident incident) const;

    /// The longest that a layer asks for.
    Tarpit tarpit(const mail::Client& client) const;

    /// Each appends what it finds and is not there yet (same name and detail). Cheap when nothing
    /// has to wait: no coroutine of a layer is made.
    /// "reverse.confirmed" becomes the client's reverse_name as soon as its wave is over.
    awaitable<void> inspect_sender(mail::Mail& mail) const;
    awaitable<void> inspect_recipient(const mail::Mail& mail, mail::Recipient& recipient) const;
    /// Scan (where a content layer needs it; makes mail.content), message stage, then the
    /// per-recipient stage.
    awaitable<void> inspect_message(mail::Mail& mail) const;
    /// True when a finding "<layer>.error" of a layer with OnError::defer is present, or
    /// "content.not_scanned".
    bool must_defer(const Findings& findings) const;
    bool needs_content() const { return !content_layers_.empty(); }
    std::size_t waves() const { return waves_.size(); }

private:
    awaitable<void> scan_message(mail::Mail& mail) const;
    awaitable<void> inspect_message_for_all(mail::Mail& mail) const;
    std::vector<Link> links_;
    std::vector<std::vector<const Link*>> waves_;
    std::vector<const ContentLayer*> content_layers_;
    std::vector<std::string_view> deferring_; ///< "<layer>.error" of layers with OnError::defer
    Services* services_;
};
}
