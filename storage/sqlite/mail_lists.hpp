// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gateway/net/worker_pool.hpp"
#include "storage/list_table.hpp"
#include "storage/sqlite/writer.hpp"

#include <map>
#include <mutex>

namespace storage::sqlite {
/// Lists in a table of mail.db, with all entries in memory, and as many in a scope as
/// most_list_entries says.
class MailLists final : public Lists {
public:
    /// `writer` must outlive it.
    MailLists(Writer& writer, const std::vector<ListEntry>& entries);
    /// Writes the hits that were counted since the last minute.
    ~MailLists() override;
    std::shared_ptr<const ListSnapshot> snapshot() const override;
    awaitable<std::optional<ListEntry>> add(ListEntry entry) override;
    awaitable<bool> remove(std::string scope, ListEntry::Effect effect, std::string text) override;
    awaitable<std::vector<ListEntry>> list(std::optional<std::string> scope,
                                           std::optional<ListEntry::Effect> effect) override;
    awaitable<std::vector<ListEntry>> newest(Fits fits, std::int64_t before,
                                             std::size_t limit) override;
    std::size_t count() const override;
    void hit(std::int64_t number, WallTime now) override;

private:
    class AddChange;
    class RemoveChange;
    class HitsChange;
    /// What is known and used of the entries; shared with changes that may outlive this.
    struct State;
    std::shared_ptr<State> state_;
    Writer& writer_;
    net::WorkerPool pool_{1}; ///< copies what is long
};
}
