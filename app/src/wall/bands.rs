//! How a page's tiles are laid out: one below another in the order of the board; figures beside one another as one band, and
//! so the panels.

use model::wall::{Kind, Metric, Shows, Tile};

/// Tiles that stand beside one another.
#[derive(Debug, PartialEq, Eq)]
pub enum Band {
    /// Figures, and the time.
    Numbers(Vec<Figure>),
    /// Lists and charts, which take what room is left.
    Panels(Vec<Kind>),
    /// An announcement.
    Text(String),
    /// A tile that this version does not know, by its kind.
    Newer(String),
}

/// One of a band of figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// A figure of the queues.
    Of(Metric),
    /// The time.
    Time,
}

/// The bands of a page.
pub fn of(tiles: Vec<Tile>) -> Vec<Band> {
    let mut bands: Vec<Band> = Vec::new();
    for tile in tiles {
        let figure = match tile.shows() {
            Shows::Number(metric) => Figure::Of(metric),
            Shows::Plain(Kind::Clock) => Figure::Time,
            Shows::Announcement(text) => {
                bands.push(Band::Text(text.to_owned()));
                continue;
            }
            Shows::Newer(kind) => {
                bands.push(Band::Newer(kind.to_owned()));
                continue;
            }
            Shows::Plain(kind) => {
                match bands.last_mut() {
                    Some(Band::Panels(panels)) => panels.push(kind),
                    _ => bands.push(Band::Panels(vec![kind])),
                }
                continue;
            }
        };
        match bands.last_mut() {
            Some(Band::Numbers(figures)) => figures.push(figure),
            _ => bands.push(Band::Numbers(vec![figure])),
        }
    }
    bands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_of_one_sort_share_a_band_and_the_order_stays() {
        let tiles = vec![
            Tile::number(Metric::Waiting),
            Tile::plain(Kind::Clock),
            Tile::plain(Kind::Chart),
            Tile::plain(Kind::WaitingList),
            Tile::announcement("Tea at 4"),
            Tile::number(Metric::Ready),
            Tile { kind: "weather".into(), ..Tile::default() },
        ];
        let bands = [
            Band::Numbers(vec![Figure::Of(Metric::Waiting), Figure::Time]),
            Band::Panels(vec![Kind::Chart, Kind::WaitingList]),
            Band::Text("Tea at 4".into()),
            Band::Numbers(vec![Figure::Of(Metric::Ready)]),
            Band::Newer("weather".into()),
        ];
        assert_eq!(of(tiles), bands);
        assert_eq!(of(Vec::new()), []);
    }
}
