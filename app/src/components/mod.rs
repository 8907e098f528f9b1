//! What pages are made of: one component a file, with the same name in `style/components/`.

pub mod agent_mix;
pub mod app_bar;
pub mod call_item;
pub mod caller_list;
pub mod calls_panel;
pub mod connect;
pub mod elapsed;
pub mod icon;
pub mod lamps;
pub mod moment;
pub mod person_tile;
pub mod presence_panel;
pub mod queue_row;
pub mod queues_panel;
pub mod settled;
pub mod stale_banner;
