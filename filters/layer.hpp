// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "filters/content/content.hpp"
#include "filters/services.hpp"
#include "filters/settings.hpp"
#include "gateway/mail/mail.hpp"
#include "gateway/net/await.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace filters {
using mail::Findings;
using net::awaitable;

/// What an inspection gives: facts that are at hand, or a coroutine that must wait for them.
/// A layer that needs no wait returns Findings and costs no coroutine.
using Inspection = std::variant<Findings, awaitable<Findings>>;

/// What a session tells the layers that guard it.
enum class Incident {
    unknown_recipient,
    refused_recipient,
    junk_command,
    early_talk,
    too_slow,
    message_accepted
};

/// How long a client's next refusal is kept back (a tarpit), and the place it takes meanwhile: few
/// places, so that nobody fills the gateway by being slowed down. No time: it is answered at once.
struct Tarpit {
    std::chrono::milliseconds time{0};
    std::shared_ptr<const void> place = {}; ///< given back when it goes
};

/// One kind of inspection. Override the stages that matter; the rest find nothing.
/// One object serves all loops: members are constant after making, state lives in Services.
class Layer {
public:
    virtual ~Layer() = default;
    /// At the door, for listener layers: a reply ends the connection before it begins (empty text:
    /// silence).
    virtual std::optional<mail::Reply> admit(const mail::Client&) const { return {}; }
    /// Pairs with an `admit` that let the client in.
    virtual void depart(const mail::Client&) const { }
    /// Something happened in the session; a reply ends it.
    virtual std::optional<mail::Reply> observe(const mail::Client&, Incident) const { return {}; }

    /// Before a refusal is said to this client.
    virtual Tarpit tarpit(const mail::Client&) const { return {}; }

    /// After HELO/EHLO and again after MAIL: facts about client and sender.
    virtual Inspection inspect_sender(const mail::Mail&) const { return Findings{}; }
    /// At RCPT: facts about this recipient (not yet among mail.recipients).
    virtual Inspection inspect_recipient(const mail::Mail&, const mail::Recipient&) const
    {
        return Findings{};
    }
    /// After the dot, once for all recipients.
    virtual Inspection inspect_message(const mail::Mail&) const { return Findings{}; }
    /// After that, for each recipient: facts that need both message and recipient (header From in
    /// lists).
    virtual Inspection inspect_message_for(const mail::Mail&, const mail::Recipient&) const
    {
        return Findings{};
    }
};

/// Finds facts in bytes and content alone; pure; runs where messages are parsed (the scan role).
/// The texts of Content exist there only; a layer that has `make`, too, finds in the gate what
/// `extract` left for it.
class ContentLayer {
public:
    virtual ~ContentLayer() = default;
    /// False: nothing configured needs the message, and no scan happens on its account.
    virtual bool is_needed() const { return true; }
    /// Adds to Content what the gate's half of this layer reads; before all inspections.
    virtual void extract(const mail::Message&, Content&) const { }
    virtual Findings inspect(const mail::Message&, const Content&) const { return {}; }
};

/// A finding a layer can make, and one sentence about it for people. `{}` stands for the detail.
struct FindingType {
    std::string_view name; ///< "spf.fail"
    std::string_view english = {}, japanese = {};
    /// Step 1 of the ladder: nobody's list undoes it. Where no rule of the policy names it,
    /// `action` is what happens, in mode observe too.
    bool is_overriding = false;
    mail::Action action = mail::Action::reject;
    /// Step 2: a rule that names it acts before the lists of domains and users.
    bool is_spoofing = false;
    std::string_view enhanced = {}; ///< subject and detail of its enhanced code: "1.1"; else "7.1"
    /// What a refused sender is told; empty: a general sentence, so that no rule is given away.
    std::string_view refusal = {};
};

enum class OnError { ignore, defer };

/// What the rest of the gateway knows of a layer. Each file in layers/ defines one, named like the
/// file.
struct LayerType {
    std::string_view name;
    std::string_view summary;
    std::vector<FindingType> findings = {}; ///< "<name>.error" is always one more
    std::string_view settings
        = {}; ///< YAML with every key, its default and a comment; may be empty
    std::vector<std::string_view> after = {}; ///< layers whose findings it reads
    OnError on_error = OnError::ignore;
    std::chrono::milliseconds limit{10'000}; ///< of one inspection that has to wait
    bool is_listener_layer = false; ///< dos, blocklist, rate: set in mailweir.yaml, always run
    std::unique_ptr<Layer> (*make)(const Settings&, Services&) = nullptr;
    std::unique_ptr<ContentLayer> (*make_content)(const Settings&, Services&) = nullptr;
};

/// Every layer in filters/layers/, in alphabetical order.
const std::vector<const LayerType*>& layer_types();
}
