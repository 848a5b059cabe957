// Draws the desk's charts with ECharts, in the colours and type of the style sheet, in the reading direction of the
// page. Kinds: ageing (stacked by bucket), bars, line, dots (paid invoices: due date against days late).
// Data with a currency is in minor units; "exponent" says how many digits follow the point.

import { BarChart, LineChart, ScatterChart } from 'echarts/charts'
import { GridComponent, MarkLineComponent, TooltipComponent } from 'echarts/components'
import * as echarts from 'echarts/core'
import { LabelLayout } from 'echarts/features'
import { CanvasRenderer } from 'echarts/renderers'

echarts.use([BarChart, LineChart, ScatterChart, GridComponent, MarkLineComponent, TooltipComponent, LabelLayout, CanvasRenderer])

const BUCKETS = {
  current: '--current-fill',
  due_soon: '--soon-fill',
  '1-30': '--late-1-fill',
  '31-60': '--late-2-fill',
  '61-90': '--late-3-fill',
  '90+': '--late-4-fill',
  contested: '--contested-fill',
  promised: '--promised-fill',
}
const SERIES = ['--accent', '--ink-soft', '--contested-fill', '--soon-fill', '--current-fill']

// light-dark() and color-mix() are worked out by the browser: a probe element says what a token is just now.
function tokens() {
  const probe = document.createElement('span')
  probe.style.setProperty('transition', 'none', 'important') // a colour on its way would be read as the one before
  document.body.append(probe)
  const read = (name) => {
    probe.style.color = `var(${name})`
    return getComputedStyle(probe).color
  }
  const names = ['--ink', '--ink-soft', '--ink-faint', '--line', '--line-strong', '--sheet', ...SERIES, ...Object.values(BUCKETS)]
  const colours = Object.fromEntries(names.map((name) => [name, read(name)]))
  probe.remove()
  return { ...colours, font: getComputedStyle(document.documentElement).fontFamily }
}

function writer(data) {
  const root = document.documentElement
  const numberingSystem = root.dataset.numerals === 'arab' ? 'arab' : 'latn'
  const scale = data.currency ? 10 ** (data.exponent ?? 2) : 1
  const locale = root.lang === 'ar' ? 'ar' : 'en-GB'
  const exact = new Intl.NumberFormat(locale, {
    numberingSystem,
    minimumFractionDigits: data.currency ? (data.exponent ?? 2) : 0,
    maximumFractionDigits: data.currency ? (data.exponent ?? 2) : 1,
  })
  const plain = new Intl.NumberFormat(locale, { numberingSystem, maximumFractionDigits: 1 })
  const short = new Intl.NumberFormat(locale, { numberingSystem, notation: 'compact', maximumFractionDigits: 1 })
  const unit = data.currency ?? data.unit ?? ''
  return {
    scale: (value) => (value === null || value === undefined ? null : value / scale),
    exact: (value) => (value === null || value === undefined ? '–' : `${exact.format(value)}${unit ? `\u00a0${unit}` : ''}`),
    short: (value) => (Math.abs(value) >= 10000 ? short : plain).format(value),
    day: (value) =>
      new Intl.DateTimeFormat(`${locale}-u-nu-${numberingSystem}-ca-${root.dataset.calendar === 'hijri' ? 'islamic-umalqura' : 'gregory'}`, {
        day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC',
      }).format(new Date(value)),
  }
}

function frame(colours, data, rtl) {
  const text = { fontFamily: colours.font, fontSize: 12, color: colours['--ink-soft'] }
  return {
    text,
    base: {
      animation: false,
      textStyle: text,
      grid: { top: 12, bottom: 6, left: rtl ? 12 : 8, right: rtl ? 8 : 12, containLabel: true },
      tooltip: {
        renderMode: 'richText',
        trigger: 'axis',
        axisPointer: { type: 'line', lineStyle: { color: colours['--line-strong'] } },
        backgroundColor: colours['--sheet'],
        borderColor: colours['--line-strong'],
        borderWidth: 1,
        textStyle: { ...text, color: colours['--ink'] },
      },
    },
    valueAxis: (write) => ({
      type: 'value',
      position: rtl ? 'right' : 'left',
      min: data.floating ? undefined : (extent) => Math.min(0, extent.min),
      axisLabel: { ...text, formatter: write.short },
      splitLine: { lineStyle: { color: colours['--line'] } },
      axisLine: { show: false },
      axisTick: { show: false },
      splitNumber: 4,
    }),
    categoryAxis: (names, write) => ({
      type: 'category',
      data: names,
      inverse: rtl,
      axisLabel: { ...text, hideOverlap: true, formatter: (name) => (/^\d{4}-\d\d-\d\d$/.test(name) ? write.day(name) : `\u2068${name}\u2069`) },
      axisLine: { lineStyle: { color: colours['--line-strong'] } },
      axisTick: { show: false },
    }),
  }
}

function stacked(data, colours, rtl, flat) {
  const write = writer(data)
  const { base, valueAxis, categoryAxis, text } = frame(colours, data, rtl)
  const names = data.names ?? data.x ?? []
  const category = categoryAxis(names, write)
  const value = valueAxis(write)
  if (flat) {
    category.inverse = true
    category.position = rtl ? 'right' : 'left'
    category.axisLabel = { ...text, color: colours['--ink'], width: 150, overflow: 'truncate' }
    category.axisLine = { show: false }
    value.inverse = rtl
    value.position = 'bottom'
  }
  const series = data.series.map((one, index) => ({
    type: 'bar',
    name: one.name,
    stack: data.kind === 'ageing' || data.stacked ? 'all' : undefined,
    barMaxWidth: flat ? 18 : 34,
    barCategoryGap: '32%',
    itemStyle: {
      color: colours[BUCKETS[one.code]] ?? colours[SERIES[index % SERIES.length]],
      borderColor: colours['--sheet'],
      borderWidth: data.kind === 'ageing' || data.stacked ? 0.5 : 0,
    },
    data: one.values.map(write.scale),
    label: flat && data.series.length === 1
      ? { show: true, position: rtl ? 'left' : 'right', formatter: ({ value: shown }) => write.short(shown), ...text }
      : undefined,
  }))
  const option = { ...base, xAxis: flat ? value : category, yAxis: flat ? category : value, series }
  option.tooltip.valueFormatter = write.exact
  option.tooltip.axisPointer = { type: 'shadow', shadowStyle: { color: colours['--line'], opacity: 0.4 } }
  if (flat) option.grid[rtl ? 'left' : 'right'] = 56
  return option
}

function line(data, colours, rtl) {
  const write = writer(data)
  const { base, valueAxis, categoryAxis, text } = frame(colours, data, rtl)
  const widest = Math.max(...data.series.map((one) => one.name.length))
  const room = Math.min(150, 14 + widest * 7)
  const many = data.series.length > 1
  base.grid[rtl ? 'left' : 'right'] = many ? room : 24
  base.tooltip.valueFormatter = write.exact
  const series = data.series.map((one, index) => {
    const colour = colours[BUCKETS[one.code]] ?? colours[SERIES[index % SERIES.length]]
    return {
      type: 'line',
      name: one.name,
      data: one.values.map(write.scale),
      symbol: one.values.length > 1 ? 'none' : 'circle',
      connectNulls: false,
      lineStyle: { color: colour, width: index === 0 ? 2 : 1.5, type: one.dashed ? 'dashed' : 'solid' },
      itemStyle: { color: colour },
      labelLayout: { moveOverlap: 'shiftY' },
      endLabel: many
        ? { show: true, formatter: '{a}', ...text, color: colour, fontWeight: 500, lineHeight: 18, minMargin: 10, align: rtl ? 'right' : 'left', offset: rtl ? [-12, 0] : [0, 0] }
        : undefined,
    }
  })
  const category = categoryAxis(data.x, write)
  category.boundaryGap = false
  return { ...base, xAxis: category, yAxis: valueAxis(write), series }
}

// Each dot is one paid invoice: when it was due, how many days late it was paid, its area its amount.
function dots(data, colours, rtl) {
  const write = writer({ unit: data.unit })
  const money = writer(data)
  const { base, valueAxis, text } = frame(colours, { floating: true }, rtl)
  const most = Math.max(1, ...data.points.map((point) => point.size ?? 0))
  const colour = (late) => colours[late <= 0 ? '--current-fill' : late <= 30 ? '--late-1-fill' : late <= 60 ? '--late-2-fill' : late <= 90 ? '--late-3-fill' : '--late-4-fill']
  base.tooltip.trigger = 'item'
  base.tooltip.formatter = ({ data: point }) =>
    [point.name, `${write.day(point.value[0])} · ${write.exact(point.value[1])}`, point.size ? money.exact(money.scale(point.size)) : '']
      .filter(Boolean).join('\n')
  return {
    ...base,
    xAxis: {
      type: 'time',
      inverse: rtl,
      axisLabel: { ...text, hideOverlap: true, formatter: (value) => write.day(value) },
      axisLine: { onZero: false, lineStyle: { color: colours['--line-strong'] } },
      axisTick: { show: false },
      splitNumber: 4,
    },
    yAxis: valueAxis(write),
    series: [{
      type: 'scatter',
      data: data.points.map((point) => ({
        name: point.name,
        value: [Date.parse(point.x), point.y],
        size: point.size,
        href: point.href,
        symbolSize: 5 + 13 * Math.sqrt((point.size ?? 0) / most),
        itemStyle: { color: colour(point.y), opacity: 0.75, borderColor: colours['--sheet'], borderWidth: 0.5 },
      })),
      markLine: {
        silent: true,
        symbol: 'none',
        lineStyle: { color: colours['--ink-soft'], type: 'solid', width: 1 },
        label: { ...text, formatter: data.zero ?? '', position: rtl ? 'insideStartTop' : 'insideEndTop' },
        data: [{ yAxis: 0 }],
      },
    }],
  }
}

function options(kind, data, rtl) {
  const colours = tokens()
  data.kind = kind
  if (kind === 'line') return line(data, colours, rtl)
  if (kind === 'dots') return dots(data, colours, rtl)
  return stacked(data, colours, rtl, Boolean(data.flat))
}

function rowsOf(kind, data) {
  const write = writer(data)
  if (kind === 'dots') return [['name', 'x', 'y', 'size'], ...data.points.map((point) => [point.name, point.x, point.y, write.scale(point.size)])]
  const names = data.x ?? data.names
  return [['', ...data.series.map((one) => one.name)], ...names.map((name, at) => [name, ...data.series.map((one) => write.scale(one.values[at]))])]
}

const quoted = (value) => {
  const text = String(value ?? '')
  // A spreadsheet must not take a name for a formula.
  const safe = /^[=+@\t\r]/.test(text) || (/^-/.test(text) && Number.isNaN(Number(text))) ? `'${text}` : text
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export function drawChart(place) {
  const kind = place.dataset.chart
  const data = JSON.parse(document.getElementById(place.dataset.source).textContent)
  const rtl = getComputedStyle(place).direction === 'rtl'
  const chart = echarts.init(place, null, { renderer: 'canvas' })
  const paint = () => chart.setOption(options(kind, data, rtl), true)
  paint()
  document.fonts?.ready.then(paint)
  chart.on('click', ({ data: point }) => {
    if (point?.href) location.assign(point.href)
  })
  return {
    restyle: paint,
    resize: () => chart.resize(),
    dispose: () => chart.dispose(),
    table: () => new Blob(['\ufeff', rowsOf(kind, data).map((row) => row.map(quoted).join(',')).join('\r\n')], { type: 'text/csv' }),
    picture: () =>
      new Promise((done) =>
        chart.getRenderedCanvas({ pixelRatio: 2, backgroundColor: tokens()['--sheet'] }).toBlob(done, 'image/png'),
      ),
  }
}
