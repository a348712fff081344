#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/result_stream.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/statement_cache.hpp>
#include <sealsql/impl/result_stream.ipp>
#include <sealsql/impl/session.ipp>
#include <sealsql/prepared_statement.hpp>

#include <cstddef>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE
PreparedStatement::PreparedStatement(detail::Shared<detail::Session> session,
                                     detail::Shared<detail::Statement> statement) noexcept
    : session_{std::move(session)}, statement_{std::move(statement)}
{
}

SEALSQL_INLINE PreparedStatement::PreparedStatement(PreparedStatement&&) noexcept = default;

SEALSQL_INLINE PreparedStatement& PreparedStatement::operator=(PreparedStatement&& other) noexcept
{
    if (this != &other) {
        discard();
        session_ = std::move(other.session_);
        statement_ = std::move(other.statement_);
    }
    return *this;
}

SEALSQL_INLINE PreparedStatement::~PreparedStatement() { discard(); }

SEALSQL_INLINE void PreparedStatement::discard() noexcept
{
    if (session_ && statement_)
        session_->discard(*statement_);
}

SEALSQL_INLINE std::size_t PreparedStatement::parameter_count() const noexcept
{
    return statement_ ? statement_->parameters : 0;
}

SEALSQL_INLINE Columns const& PreparedStatement::columns() const noexcept
{
    return statement_ && statement_->columns ? *statement_->columns : detail::no_columns();
}

SEALSQL_INLINE detail::ResultStream PreparedStatement::run(detail::Arguments const& arguments)
{
    return detail::ResultStream{session_, statement_, arguments};
}

} // namespace sealsql::inline SEALSQL_ABI
