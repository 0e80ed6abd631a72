//! Queries whose aggregates can be summed up while the capture is read: counts, sums,
//! least and largest values, by group. Then no rows are kept at all, memory grows with
//! the groups alone, and what is left for the engine is a query over a few of them:
//!
//! ```text
//! SELECT fd_name, sum(evt_latency) AS time FROM events WHERE evt_is_io GROUP BY fd_name
//! read:  by fd_name: __rows, __sum_evt_latency
//! asked: SELECT fd_name, sum(__sum_evt_latency) AS time FROM events GROUP BY fd_name
//! ```
//!
//! An aggregate of anything else than a column is kept as it is where it depends on
//! truth values and texts alone: those become parts of the group, and a sum is taken
//! as often as the group has rows.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr,
    Ident, Query as Ast, Select, SelectItem, SetExpr, Statement, TableFactor, Visit, VisitMut,
    Visitor, VisitorMut,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;

use super::column::{Column, ColumnType, column};
use super::pushdown::exactly;
use super::query::{Query, Table};

/// Name of the column with the number of rows of a group.
pub const ROWS: &str = "__rows";

/// What an aggregate takes of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// How many values there are.
    Count,
    /// Their sum.
    Sum,
    /// The least.
    Min,
    /// The largest.
    Max,
}

impl Measure {
    /// All of them.
    pub const ALL: [Measure; 4] = [Measure::Count, Measure::Sum, Measure::Min, Measure::Max];

    fn named(name: &str) -> Option<Measure> {
        Measure::ALL.into_iter().find(|measure| measure.name() == name)
    }

    /// Its name in SQL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Measure::Count => "count",
            Measure::Sum => "sum",
            Measure::Min => "min",
            Measure::Max => "max",
        }
    }

    /// The aggregate that puts parts of it together.
    fn together(self) -> &'static str {
        match self {
            Measure::Count | Measure::Sum => "sum",
            other => other.name(),
        }
    }

    /// Name of the column that has it.
    #[must_use]
    pub fn column(self, of: &str) -> String {
        format!("__{}_{of}", self.name())
    }
}

/// A query that is answered by groups.
#[derive(Clone, Debug)]
pub struct Fold {
    /// The table that is read.
    pub table: Table,
    /// What makes a group; nothing: all rows are one, even if there are none.
    pub keys: Vec<Column>,
    /// What is measured of each group.
    pub measured: Vec<Column>,
    /// What is asked of the groups.
    pub query: Query,
}

impl Fold {
    /// How to answer a query by groups; `None`: its rows are needed.
    #[must_use]
    pub fn of(query: &Query) -> Option<Fold> {
        let statements = Parser::parse_sql(&GenericDialect {}, &query.text).ok()?;
        let [Statement::Query(ast)] = &statements[..] else { return None };
        let ([table], true) = (&query.tables[..], is_plain(ast)) else { return None };
        if !table.is_of_events() {
            return None; // their rows are few
        }
        let mut ast = ast.clone();
        let SetExpr::Select(select) = ast.body.as_mut() else { return None };
        if !is_foldable(select) {
            return None;
        }
        let mut asked = Numbers::default();
        if let Some(condition) = select.selection.take() {
            exactly(&condition)?;
            let _ = Visit::visit(&condition, &mut asked);
        }
        let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(by, _) if by.is_empty());
        let mut rewriter = Rewriter { grouped, ..Rewriter::default() };
        if VisitMut::visit(ast.as_mut(), &mut rewriter).is_break() || !rewriter.aggregates {
            return None;
        }
        if grouped == rewriter.keys.is_empty() {
            return None; // groups of nothing, or keys without groups
        }
        let Rewriter { keys, mut measured, .. } = rewriter;
        asked.0.into_iter().for_each(|column| add(&mut measured, column));
        let query = Query { text: ast.to_string(), filter: String::new(), ..query.clone() };
        Some(Fold { table: *table, keys, measured, query })
    }
}

/// The numbers that a condition asks for. A filter takes one beyond 63 bits (the latency
/// of an exit stamped before its enter) as it is, in SQL it is NULL: they are measured
/// so that one is seen, and the query then answered by its rows.
#[derive(Default)]
struct Numbers(Vec<Column>);

impl Visitor for Numbers {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Identifier(name) = expr
            && let Ok(column) = column(&name.value)
            && column.kind == ColumnType::Int
        {
            add(&mut self.0, column);
        }
        ControlFlow::Continue(())
    }
}

/// One SELECT without others inside.
fn is_plain(ast: &Ast) -> bool {
    #[derive(Default)]
    struct Queries(usize);
    impl Visitor for Queries {
        type Break = ();
        fn pre_visit_query(&mut self, _: &Ast) -> ControlFlow<()> {
            self.0 += 1;
            ControlFlow::Continue(())
        }
    }
    let mut queries = Queries::default();
    let _ = Visit::visit(ast, &mut queries);
    queries.0 == 1 && ast.with.is_none()
}

/// Groups of one table, with a name for every aggregate.
fn is_foldable(select: &Select) -> bool {
    let table = match &select.from[..] {
        [from] => {
            from.joins.is_empty()
                && matches!(&from.relation, TableFactor::Table { alias: None, .. })
        }
        _ => false,
    };
    let grouped = matches!(&select.group_by, GroupByExpr::Expressions(_, more) if more.is_empty());
    let named = select.projection.iter().all(|item| match item {
        SelectItem::ExprWithAlias { .. } => true,
        SelectItem::UnnamedExpr(expr) => {
            matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_))
        }
        _ => false,
    });
    table && grouped && named && select.distinct.is_none() && select.qualify.is_none()
}

/// Replaces aggregates by those of what was measured.
#[derive(Default)]
struct Rewriter {
    keys: Vec<Column>,
    measured: Vec<Column>,
    aggregates: bool,
    grouped: bool,
}

impl VisitorMut for Rewriter {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let name = match expr {
            Expr::Identifier(name) => name.value.clone(),
            Expr::CompoundIdentifier(names) => {
                names.last().map(|name| name.value.clone()).unwrap_or_default()
            }
            Expr::Function(function) => return self.function(function),
            _ => return ControlFlow::Continue(()),
        };
        if let Ok(column) = column(&name) {
            add(&mut self.keys, column);
        }
        ControlFlow::Continue(())
    }
}

impl Rewriter {
    fn function(&mut self, function: &mut Function) -> ControlFlow<()> {
        let name = function.name.to_string().to_lowercase();
        let Some(measure) = Measure::named(&name) else {
            // other functions are of single values, unless they are aggregates, too
            let of_values = ["abs", "coalesce", "concat", "floor", "length", "log", "lower"];
            let known = of_values.contains(&name.as_str());
            return if known { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
        };
        self.aggregates = true;
        let Some(argument) = only_argument(function) else { return ControlFlow::Break(()) };
        let of = match argument {
            FunctionArgExpr::Wildcard | FunctionArgExpr::Expr(Expr::Value(_))
                if measure == Measure::Count =>
            {
                identifier(ROWS)
            }
            FunctionArgExpr::Expr(Expr::Identifier(name)) => {
                let Ok(column) = column(&name.value) else { return ControlFlow::Break(()) };
                if measure != Measure::Count && column.kind != ColumnType::Int {
                    return ControlFlow::Break(());
                }
                let of = identifier(&measure.column(&column.name));
                add(&mut self.measured, column);
                of
            }
            FunctionArgExpr::Expr(expr)
                if self.grouped && measure == Measure::Sum && is_of_few(expr) =>
            {
                Expr::BinaryOp {
                    left: Box::new(Expr::Nested(Box::new(expr.clone()))),
                    op: BinaryOperator::Multiply,
                    right: Box::new(identifier(ROWS)),
                }
            }
            _ => return ControlFlow::Break(()),
        };
        *argument = FunctionArgExpr::Expr(of);
        function.name = Ident::new(measure.together()).into();
        ControlFlow::Continue(())
    }
}

/// Whether all columns in it are truth values or texts, of which there are few.
fn is_of_few(expr: &Expr) -> bool {
    #[derive(Default)]
    struct Many(bool);
    impl Visitor for Many {
        type Break = ();
        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            let few = |name: &str| {
                column(name).is_ok_and(|c| matches!(c.kind, ColumnType::Bool | ColumnType::Text))
            };
            match expr {
                Expr::Identifier(name) => self.0 |= !few(&name.value),
                Expr::CompoundIdentifier(_) | Expr::Function(_) => self.0 = true,
                _ => {}
            }
            ControlFlow::Continue(())
        }
    }
    let mut many = Many::default();
    let _ = Visit::visit(expr, &mut many);
    !many.0
}

fn only_argument(function: &mut Function) -> Option<&mut FunctionArgExpr> {
    let plain = function.over.is_none()
        && function.filter.is_none()
        && function.within_group.is_empty()
        && matches!(function.parameters, FunctionArguments::None);
    let FunctionArguments::List(list) = &mut function.args else { return None };
    if !plain || list.duplicate_treatment.is_some() || !list.clauses.is_empty() {
        return None;
    }
    match &mut list.args[..] {
        [FunctionArg::Unnamed(argument)] => Some(argument),
        _ => None,
    }
}

fn identifier(name: &str) -> Expr {
    Expr::Identifier(Ident::new(name))
}

fn add(columns: &mut Vec<Column>, column: Column) {
    if !columns.iter().any(|known| known.name == column.name) {
        columns.push(column);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Option<(Vec<String>, Vec<String>, String)> {
        let fold = Fold::of(&Query::parse(text).unwrap())?;
        let names = |columns: Vec<Column>| columns.into_iter().map(|c| c.name).collect();
        Some((names(fold.keys), names(fold.measured), fold.query.text))
    }

    #[test]
    fn sums_by_group_are_taken_while_reading() {
        let (keys, measured, text) = folded(
            "SELECT fd_name, sum(evt_latency) AS time, count(*) AS n FROM events WHERE evt_is_io AND fd_type = 'file' GROUP BY fd_name ORDER BY max(evt_latency) DESC LIMIT 3",
        )
        .unwrap();
        assert_eq!((keys, measured), (vec!["fd_name".into()], vec!["evt_latency".into()]));
        assert_eq!(
            text,
            "SELECT fd_name, sum(__sum_evt_latency) AS time, sum(__rows) AS n FROM events GROUP BY fd_name ORDER BY max(__max_evt_latency) DESC LIMIT 3"
        );
        let (keys, _, text) = folded(
            "SELECT evt_type, sum(CASE WHEN evt_failed THEN 1 ELSE 0 END) AS failed FROM calls GROUP BY evt_type",
        )
        .unwrap();
        assert_eq!(keys, ["evt_type", "evt_failed"]);
        assert!(text.contains("ELSE 0 END) * __rows)"), "{text}");
        let asked = "SELECT count(*) AS n FROM events WHERE evt_latency > 5";
        assert_eq!(folded(asked).unwrap().1, ["evt_latency"], "a number of the WHERE is looked at");
    }

    #[test]
    fn what_needs_rows_is_not() {
        for text in [
            "SELECT fd_name FROM events",
            "SELECT count(*) FROM events", // its column has no name to keep
            "SELECT count(DISTINCT fd_name) AS n FROM events",
            "SELECT avg(evt_latency) AS mean FROM calls",
            "SELECT sum(evt_latency * 2) AS twice FROM calls",
            "SELECT max(fd_name) AS last FROM calls",
            "SELECT count(*) AS n FROM calls WHERE evt_latency > evt_rawres",
            "SELECT count(*) AS n FROM calls a JOIN calls b ON a.evt_num = b.evt_num",
            "SELECT n FROM (SELECT count(*) AS n FROM calls) x",
            "SELECT sum(evt_latency) OVER (PARTITION BY evt_type) AS s FROM calls",
            "SELECT DISTINCT evt_type FROM calls",
        ] {
            assert_eq!(folded(text), None, "{text}");
        }
    }
}
