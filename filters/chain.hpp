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
        const LayerType* type;
        std::unique_ptr<Layer> layer; ///< may be null: content only
        std::unique_ptr<ContentLayer> content; ///< may be null
        std::chrono::milliseconds limit{10'000};
    };
    explicit Chain(std::vector<Link> links);
    ~Chain();

    std::optional<mail::Reply> admit(const mail::Client& client) const;
    void depart(const mail::Client& client) const;
    std::optional<mail::Reply> observe(const mail::Client& client, Incident incident) const;

    /// Each appends what it finds. Cheap when nothing has to wait: no coroutine of a layer is made.
    awaitable<void> inspect_sender(mail::Mail& mail) const;
    awaitable<void> inspect_recipient(const mail::Mail& mail, mail::Recipient& recipient) const;
    /// Scan (where a content layer needs it), message stage, then the per-recipient stage.
    awaitable<void> inspect_message(mail::Mail& mail) const;
    /// True when a finding "<layer>.error" of a layer with OnError::defer is present.
    bool must_defer(const Findings& findings) const;
    bool needs_content() const { return needs_content_; }

private:
    struct Waves;
    std::vector<Link> links_;
    std::vector<std::vector<const Link*>> waves_;
    bool needs_content_ = false;
};
}
