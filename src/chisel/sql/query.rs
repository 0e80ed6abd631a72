//! A query before it runs: which tables and columns it names, what of its WHERE the
//! reader can decide, and what is wrong with it, with line and column.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, Ident, ObjectName, Query as Ast, SelectItem, SetExpr, Spanned, Statement, TableFactor,
    Visit, Visitor,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::column::{Column, column, has, usual};
use super::pushdown::filter_of;

/// One of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// A row an event.
    Events,
    /// A row a finished call, told at its exit.
    Calls,
    /// A row an HTTP request, told at its response.
    Http,
    /// A row a thread, as it was when the capture began.
    Threads,
    /// A row an open file of a thread, likewise.
    Files,
    /// A row a container that was described, likewise.
    Containers,
}

impl Table {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Table::Events => "events",
            Table::Calls => "calls",
            Table::Http => "http",
            Table::Threads => "threads",
            Table::Files => "files",
            Table::Containers => "containers",
        }
    }

    /// All of them.
    pub const ALL: [Table; 6] =
        [Table::Events, Table::Calls, Table::Http, Table::Threads, Table::Files, Table::Containers];

    fn named(name: &str) -> Option<Table> {
        Table::ALL.into_iter().find(|table| table.name() == name)
    }

    /// Whether its rows are events, so that what they must pass is a filter.
    #[must_use]
    pub fn is_of_events(self) -> bool {
        matches!(self, Table::Events | Table::Calls)
    }

    /// Whether all of it is known when the capture begins.
    #[must_use]
    pub fn is_snapshot(self) -> bool {
        matches!(self, Table::Threads | Table::Files | Table::Containers)
    }
}

/// A query that was read.
#[derive(Clone, Debug)]
pub struct Query {
    /// As typed.
    pub text: String,
    /// Tables that it names.
    pub tables: Vec<Table>,
    /// Columns that it names, by name.
    pub columns: Vec<Column>,
    /// What the reader can leave out: a filter that every row of the answer passes;
    /// empty: nothing.
    pub filter: String,
}

/// What is wrong with a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// Line, from 1 on; 0: it is not known where.
    pub line: u64,
    /// Column, from 1 on.
    pub column: u64,
    /// What.
    pub what: String,
}

impl std::fmt::Display for QueryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.line == 0 {
            return f.write_str(&self.what);
        }
        write!(f, "line {}, column {}: {}", self.line, self.column, self.what)
    }
}

impl Query {
    /// Reads a query.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Query, QueryError> {
        let statements =
            Parser::parse_sql(&GenericDialect {}, text).map_err(|error| syntax(&error, text))?;
        let nowhere = |what: &str| QueryError { line: 0, column: 0, what: what.into() };
        let [statement] = &statements[..] else {
            return Err(nowhere("one query is wanted, a SELECT"));
        };
        let Statement::Query(ast) = statement else {
            return Err(nowhere("a SELECT is wanted; captures are read and never changed"));
        };
        let mut names = Names::default();
        let _ = Visit::visit(ast.as_ref(), &mut names);
        names.tables(text, ast)
    }
}

/// Whether a text is one condition in SQL, and nothing behind it.
///
/// # Errors
/// What is wrong with it, and where.
pub fn condition(text: &str) -> Result<(), QueryError> {
    let mut parser =
        Parser::new(&GenericDialect {}).try_with_sql(text).map_err(|e| syntax(&e, text))?;
    parser.parse_expr().map_err(|error| syntax(&error, text))?;
    match parser.peek_token() {
        end if end.token == Token::EOF => Ok(()),
        more => {
            let (line, column) = (more.span.start.line, more.span.start.column);
            Err(QueryError {
                line,
                column,
                what: format!("one condition is wanted, and {more} follows"),
            })
        }
    }
}

/// Errors of the parser end in `at Line: 1, Column: 8`, but for those at the end.
fn syntax(error: &sqlparser::parser::ParserError, query: &str) -> QueryError {
    let text = error.to_string();
    let text = text.strip_prefix("sql parser error: ").unwrap_or(&text).to_owned();
    let place = text.rsplit_once(" at Line: ").and_then(|(what, place)| {
        let (line, column) = place.split_once(", Column: ")?;
        Some((what.to_owned(), line.parse().ok()?, column.parse().ok()?))
    });
    match place {
        Some((what, line, column)) => QueryError { line, column, what },
        None => {
            let query = query.trim_end();
            let line = query.matches('\n').count() as u64 + 1;
            let last = query.rsplit('\n').next().unwrap_or_default();
            QueryError { line, column: last.chars().count() as u64 + 1, what: text }
        }
    }
}

/// What a query names.
#[derive(Default)]
struct Names {
    relations: Vec<Ident>,
    /// Names that the query gives: of columns, tables and subqueries.
    given: BTreeSet<String>,
    used: Vec<Ident>,
    star: bool,
    /// `SELECT`s from one table alone, with what they are restricted to.
    plain: Vec<(String, Option<Expr>)>,
}

impl Visitor for Names {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Ast) -> ControlFlow<()> {
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.given.insert(cte.alias.name.value.clone());
            self.given.extend(cte.alias.columns.iter().map(|column| column.name.value.clone()));
        }
        self.set(&query.body);
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        let last = relation.0.last().and_then(|part| part.as_ident());
        self.relations.extend(last.cloned());
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { alias: Some(alias), .. }
        | TableFactor::Derived { alias: Some(alias), .. } = factor
        {
            self.given.insert(alias.name.value.clone());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(name) => self.used.push(name.clone()),
            Expr::CompoundIdentifier(names) => self.used.extend(names.last().cloned()),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

impl Names {
    fn set(&mut self, body: &SetExpr) {
        match body {
            SetExpr::Select(select) => {
                for item in &select.projection {
                    match item {
                        SelectItem::ExprWithAlias { alias, .. } => {
                            self.given.insert(alias.value.clone());
                        }
                        SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => {
                            self.star = true;
                        }
                        _ => {}
                    }
                }
                if let [from] = &select.from[..]
                    && from.joins.is_empty()
                    && let TableFactor::Table { name, .. } = &from.relation
                {
                    self.plain.push((name.to_string(), select.selection.clone()));
                }
            }
            SetExpr::SetOperation { left, right, .. } => {
                self.set(left);
                self.set(right);
            }
            _ => {}
        }
    }

    fn tables(self, text: &str, ast: &Ast) -> Result<Query, QueryError> {
        let mut tables = Vec::new();
        for relation in &self.relations {
            match Table::named(&relation.value) {
                Some(table) => tables.push(table),
                None if self.given.contains(&relation.value) => {}
                None => {
                    return Err(at(
                        relation,
                        format!(
                            "there is no table {relation}; there are events, calls, http, threads and files"
                        ),
                    ));
                }
            }
        }
        if tables.is_empty() {
            let start = ast.span().start;
            let what = "no table is asked; write FROM events, or FROM calls".into();
            return Err(QueryError { line: start.line, column: start.column, what });
        }
        let filter = match &tables[..] {
            [table] if table.is_of_events() => self.restriction(*table),
            _ => String::new(),
        };
        tables.sort_unstable();
        tables.dedup();
        let columns = self.columns(&tables)?;
        Ok(Query { text: text.to_owned(), tables, columns, filter })
    }

    /// What all rows of a table that is asked once must pass.
    fn restriction(&self, table: Table) -> String {
        let plain = self.plain.iter().find(|(name, _)| name == table.name());
        plain.and_then(|(_, restriction)| filter_of(restriction.as_ref()?)).unwrap_or_default()
    }

    fn columns(&self, tables: &[Table]) -> Result<Vec<Column>, QueryError> {
        let mut columns: Vec<Column> = Vec::new();
        let mut add = |column: Column| {
            if !columns.iter().any(|known| known.name == column.name) {
                columns.push(column);
            }
        };
        for name in &self.used {
            match column(&name.value) {
                Ok(column) if tables.iter().any(|table| has(*table, &column)) => add(column),
                _ if self.given.contains(&name.value) => {}
                Ok(_) => {
                    let tables: Vec<&str> = tables.iter().map(|table| table.name()).collect();
                    return Err(at(name, format!("{} has no column {name}", tables.join(", "))));
                }
                Err(nearest) => {
                    let nearest = nearest.map_or_else(
                        || "analyze fields lists what there is, with . for _".to_owned(),
                        |nearest| format!("did you mean {nearest}?"),
                    );
                    return Err(at(name, format!("there is no column {name}; {nearest}")));
                }
            }
        }
        if self.star {
            let usual = tables.iter().flat_map(|table| usual(*table, false));
            usual.filter_map(|name| column(name).ok()).for_each(&mut add);
        }
        Ok(columns)
    }
}

fn at(ident: &Ident, what: String) -> QueryError {
    let start = ident.span.start;
    QueryError { line: start.line, column: start.column, what }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(query: &Query) -> Vec<&str> {
        query.columns.iter().map(|column| column.name.as_str()).collect()
    }

    #[test]
    fn a_query_tells_its_tables_and_columns() {
        let query = Query::parse(
            "SELECT fd_name, sum(evt_rawres) AS bytes FROM events WHERE evt_is_io AND fd_type = 'file' GROUP BY fd_name ORDER BY bytes DESC",
        )
        .unwrap();
        assert_eq!(query.tables, [Table::Events]);
        assert_eq!(names(&query), ["fd_name", "evt_rawres", "evt_is_io", "fd_type"]);
        assert_eq!(query.filter, "evt.is_io=true and fd.type=\"file\"");
        let query = Query::parse(
            "WITH slow AS (SELECT evt_type AS t, evt_latency FROM calls WHERE evt_latency > 1000) SELECT slow.t, count(*) AS n FROM slow GROUP BY slow.t",
        )
        .unwrap();
        assert_eq!(query.tables, [Table::Calls]);
        assert_eq!(names(&query), ["evt_type", "evt_latency"]);
        assert_eq!(query.filter, "evt.latency>1000");
        let joined = "SELECT a.evt_num FROM events a JOIN events b ON a.evt_num = b.evt_num WHERE a.evt_is_io";
        assert_eq!(Query::parse(joined).unwrap().filter, "");
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        let wrong = |text: &str| Query::parse(text).unwrap_err();
        let error = wrong("SELECT evt_type,\n  evt_latncy FROM events");
        assert_eq!((error.line, error.column), (2, 3));
        assert!(error.what.contains("evt_latency"), "{error}");
        let error = wrong("SELECT evt_type FROM event");
        assert_eq!((error.line, error.column), (1, 22));
        let error = wrong("SELECT FROM WHERE");
        assert_eq!(error.line, 1);
        assert!(wrong("DROP TABLE events").what.contains("SELECT"));
        assert!(wrong("SELECT 1").what.contains("FROM events"));
        assert!(wrong("").what.contains("SELECT"));
    }
}
